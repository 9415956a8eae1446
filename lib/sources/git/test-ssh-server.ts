import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { minimalEnvironment } from "@/lib/platform/env";

/** Serves the bare repositories of a folder over SSH, to whoever has one of the keys that are allowed. */
export class TestSshServer {
  readonly #server: ssh2.Server;
  /** As authorized_keys has them. */
  allowed: string[] = [];
  /** How many were let in. */
  signedIn = 0;

  private constructor(root: string) {
    this.#server = new ssh2.Server({ hostKeys: [aKey().private] }, (client) => {
      client.on("error", () => {});
      client.on("authentication", (context) => {
        if (context.method !== "publickey" || !this.#isAllowed(context.key)) return context.reject(["publickey"]);
        context.accept();
      });
      client.on("ready", () => {
        this.signedIn += 1;
        client.on("session", (accept) => accept().on("exec", (take, _, { command }) => serve(root, take(), command)));
      });
    });
  }

  static async start(root: string, port = 0): Promise<TestSshServer> {
    const server = new TestSshServer(root);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  url(repository: string): string {
    return `ssh://git@127.0.0.1:${this.port}/${repository}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #isAllowed({ data }: { data: Buffer }): boolean {
    return this.allowed.some((line) => line.split(" ")[1] === data.toString("base64"));
  }
}

function serve(root: string, channel: ssh2.ServerChannel, command: string): void {
  const path = /^git-upload-pack '\/?([\w./-]+)'$/.exec(command)?.[1];
  if (path === undefined) {
    channel.stderr.write(`fatal: no such command: ${command}\n`);
    channel.exit(1);
    return void channel.end();
  }
  const env = {
    ...minimalEnvironment(),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
  const child = spawn("git-upload-pack", [join(root, path)], { env: env as unknown as NodeJS.ProcessEnv });
  channel.pipe(child.stdin).on("error", () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}

/** The library leaves out the zero that one public key in 256 begins with. */
export function aKey(): { public: string; private: string } {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  return ssh2.utils.parseKey(pair.public) instanceof Error ? aKey() : pair;
}
