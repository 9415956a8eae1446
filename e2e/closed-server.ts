import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";

/** An SSH server that accepts no sign-in: enough to present a host key, and to refuse. */
export class ClosedServer {
  readonly port: number;
  readonly #server: ssh2.Server;

  private constructor(server: ssh2.Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** At the port of an earlier server it acts as the same server, reinstalled: with another key. */
  static start(port = 0): Promise<ClosedServer> {
    const server = new ssh2.Server({ hostKeys: [newKey()] }, (client) => {
      client.on("error", () => {}); // a client may leave after reading the key
      client.on("authentication", (asked) => asked.reject(["publickey"]));
    });
    return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(new ClosedServer(server))));
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

/** In the form that ssh2 reads: SEC1 for ECDSA. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
