import { Problem } from "@/lib/contracts/problem";
import startServer from "../programs/sftp-server.sh" with { type: "text" };
import type { Connections, Session } from "./connections";
import type { RemoteShell } from "./remote-shell";
import { Sftp } from "./sftp";
import type { SshConnection } from "./ssh-connection";

interface Opened {
  sftp: Sftp;
  connection: SshConnection;
}

/** The one SFTP session of this process with a host, opened on first use and again after it was lost. */
export class SharedSftp {
  readonly #connections: Connections;
  readonly #shell: RemoteShell;
  #opened: Promise<Opened> | undefined;

  constructor(connections: Connections, shell: RemoteShell) {
    this.#connections = connections;
    this.#shell = shell;
  }

  /** Retries once when the session is lost in between: all of `work` must be safe to repeat. */
  async repeatable<T>(work: (sftp: Sftp, connection: SshConnection) => Promise<T>): Promise<T> {
    try {
      return await this.once(work);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "host-lost") throw error;
      return this.once(work);
    }
  }

  /** Rejects with `host-lost` when the session is lost in between. */
  async once<T>(work: (sftp: Sftp, connection: SshConnection) => Promise<T>): Promise<T> {
    const { sftp, connection } = await this.#session();
    const lease = connection.lease();
    try {
      return await work(sftp, connection);
    } finally {
      lease.release();
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
      // Not the subsystem of sshd: it runs as the user who signs in, and may be disabled where its program exists.
      const session = await this.#connections.session({ command: this.#shell.line(["/bin/sh", "-c", startServer]) });
      const sftp = await this.#speak(session);
      // An open session that no one uses is no reason to stay connected.
      session.lease.release();
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
