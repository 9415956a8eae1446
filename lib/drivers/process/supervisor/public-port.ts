import { createServer, type Server } from "node:http";
import { ControlFailure } from "./control-failure";
import { asksForOtherProtocol, MAX_HEADER_BYTES, proxyRequest, proxyUpgrade, unavailable } from "./proxy";
import type { Release } from "./release";

/** Longer than what clients and proxies in front keep idle, so that it is they who close and no request is lost. */
const KEEP_ALIVE_MS = 75_000;

/** The port people reach a service at. It stays open while releases come and go behind it. */
export class PublicPort {
  readonly port: number;
  readonly bindAddress: string | null;
  readonly #server: Server;

  private constructor(server: Server, port: number, bindAddress: string | null) {
    this.#server = server;
    this.port = port;
    this.bindAddress = bindAddress;
  }

  /** `current` is asked for every request, so a switch takes hold with the next one, on kept connections too. */
  static async open(port: number, bindAddress: string | null, current: () => Release | undefined): Promise<PublicPort> {
    // Uploads and long answers may take as long as they take: the release decides.
    const server = createServer({
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      shouldUpgradeCallback: asksForOtherProtocol,
    });
    // A client may close its direction once it has asked, and still waits for the answer.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on("request", (incoming, outgoing) => {
      const release = current();
      if (release) proxyRequest(incoming, outgoing, release);
      else unavailable(outgoing);
    });
    server.on("upgrade", (incoming, socket, head) => proxyUpgrade(incoming, socket, head, current()));
    await listen(server, port, bindAddress);
    return new PublicPort(server, port, bindAddress);
  }

  /** Takes no new connections; what is under way ends with its release. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
    });
  }
}

function listen(server: Server, port: number, bindAddress: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "EADDRINUSE" ? "port-in-use" : "cannot-start";
      reject(new ControlFailure(code, `port ${port}: ${error.message}`));
    });
    server.listen({ port, host: bindAddress ?? undefined }, resolve);
  });
}
