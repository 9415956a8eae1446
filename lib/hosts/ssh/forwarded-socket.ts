import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import type { Hold, SshConnection } from "./ssh-connection";

/**
 * A channel to something that listens on a host, with the manners of a socket: destroying it closes it at once, and a
 * lost connection is an error (`host-lost`), not the end of what was sent. What only a real socket can do, and HTTP
 * clients ask for, changes nothing: the connection below is already without delay and kept alive.
 */
export class ForwardedSocket extends Duplex {
  readonly #channel: ClientChannel;
  readonly #hold: Hold;

  constructor(channel: ClientChannel, connection: SshConnection) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    this.#hold = connection.hold();
    this.once("close", this.#hold.letGo);
    const ended = () => {
      if (connection.isOpen) this.push(null);
      else this.destroy(connection.lost);
    };
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk) && !this.destroyed) channel.pause();
    });
    channel.once("end", ended).once("close", ended);
    channel.on("error", (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.resume().close();
    done(error);
  }

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.#hold.keepAlive(true);
    return this;
  }
  unref(): this {
    this.#hold.keepAlive(false);
    return this;
  }
}
