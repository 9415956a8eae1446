import { Problem } from "@/lib/contracts/problem";
import { log } from "@/lib/log";
import { quote } from "../command";
import type { Connections, Session } from "./connections";
import type { RemoteShell } from "./remote-shell";
import { labelOf } from "./settings";
import { Sftp } from "./sftp";
import type { SshConnection } from "./ssh-connection";

/** Where distributions keep the server of the protocol. */
const SERVERS = ["openssh", "ssh", "sftp", "misc"]
  .flatMap((folder) => [`/usr/lib/${folder}/sftp-server`, `/usr/libexec/${folder}/sftp-server`])
  .concat("/usr/libexec/sftp-server", "/usr/lib/sftp-server");
/** Says its process id first, by which a server that is stuck is ended: closing its channel does not wake it up. */
const START = `echo "pid $$" >&2; for server in ${quote(SERVERS)}; do [ -x "$server" ] && exec "$server"; done; exit 127`;

/** A file system that is busy answers sooner. */
const PATIENCE_MS = 30_000;

const SAID_CHARACTERS = 4_096;

interface Opened {
  sftp: Sftp;
  connection: SshConnection;
}

/** The one SFTP session of this process with a host, made when it is first needed and again after it was lost. */
export class SharedSftp {
  readonly #connections: Connections;
  readonly #shell: RemoteShell;
  readonly #patienceMs: number;
  #opened: Promise<Opened> | undefined;

  /** See `Sftp.over` for `patienceMs`. */
  constructor(connections: Connections, shell: RemoteShell, patienceMs = PATIENCE_MS) {
    this.#connections = connections;
    this.#shell = shell;
    this.#patienceMs = patienceMs;
  }

  /** Once more where the session is lost in between: all of `work` must be safe to repeat. */
  async repeatable<T>(work: (sftp: Sftp, connection: SshConnection) => Promise<T>): Promise<T> {
    try {
      return await this.once(work);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "host-lost") throw error;
      return this.once(work);
    }
  }

  /** Rejects with `host-lost` when the session is lost meanwhile. */
  async once<T>(work: (sftp: Sftp, connection: SshConnection) => Promise<T>): Promise<T> {
    const { sftp, connection } = await this.#session();
    const hold = connection.hold();
    try {
      return await work(sftp, connection);
    } finally {
      hold.letGo();
    }
  }

  async #session(): Promise<Opened> {
    this.#opened ??= this.#open();
    const opening = this.#opened;
    const opened = await opening;
    if (opened.sftp.isOpen) return opened;
    if (this.#opened === opening) this.#opened = undefined;
    return this.#session();
  }

  async #open(): Promise<Opened> {
    try {
      // Not the subsystem of sshd, which could not be root's for somebody else, nor be missing apart from its program.
      const session = await this.#connections.session({ command: this.#shell.line(["/bin/sh", "-c", START]) });
      const sftp = await this.#speak(session);
      // An open session that nobody uses is no reason to stay connected.
      session.hold.letGo();
      return { sftp, connection: session.connection };
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #speak({ channel, connection }: Session): Promise<Sftp> {
    let said = "";
    channel.stderr.on("data", (data: Buffer) => {
      said = `${said}${data}`.slice(0, SAID_CHARACTERS);
    });
    try {
      return await Sftp.over(channel, { endServer: () => this.#endServer(said), patienceMs: this.#patienceMs });
    } catch (cause) {
      if (!connection.isOpen) throw cause;
      await this.#shell.check();
      throw new Problem("tool-missing", { params: { tool: "sftp-server" }, cause });
    }
  }

  /** Before its channel is closed, so that the process id is still its own. */
  async #endServer(said: string): Promise<void> {
    const pid = /^pid (\d+)$/m.exec(said)?.[1];
    try {
      if (pid) await this.#shell.run({ args: ["kill", "-KILL", pid] });
    } catch (error) {
      log.warn({ err: error, host: labelOf(this.#connections.login) }, "a stuck SFTP server was not ended");
    }
  }
}
