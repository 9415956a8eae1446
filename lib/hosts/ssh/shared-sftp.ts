import { Problem } from "@/lib/contracts/problem";
import { quote } from "../command";
import type { Connections, Session } from "./connections";
import type { RemoteShell } from "./remote-shell";
import { Sftp } from "./sftp";
import type { SshConnection } from "./ssh-connection";

/** Where distributions keep the server of the protocol. */
const SERVERS = ["openssh", "ssh", "sftp", "misc"]
  .flatMap((folder) => [`/usr/lib/${folder}/sftp-server`, `/usr/libexec/${folder}/sftp-server`])
  .concat("/usr/libexec/sftp-server", "/usr/lib/sftp-server");
const START = `for server in ${quote(SERVERS)}; do [ -x "$server" ] && exec "$server"; done; exit 127`;

interface Opened {
  sftp: Sftp;
  connection: SshConnection;
}

/** The one SFTP session of this process with a host, made when it is first needed and again after it was lost. */
export class SharedSftp {
  readonly #connections: Connections;
  readonly #shell: RemoteShell;
  #opened: Promise<Opened> | undefined;

  constructor(connections: Connections, shell: RemoteShell) {
    this.#connections = connections;
    this.#shell = shell;
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
    try {
      return await Sftp.over(channel);
    } catch (cause) {
      if (!connection.isOpen) throw cause;
      await this.#shell.check();
      throw new Problem("tool-missing", { params: { tool: "sftp-server" }, cause });
    }
  }
}
