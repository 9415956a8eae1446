/* SSH with a plain client: the hosts' own tests sign in with it. */
import { readFileSync } from "node:fs";
import { Client } from "ssh2";
import type { Key, UserName } from "./facts";
import type { TestHost } from "./test-host";

const WITHIN_MS = 20_000;

/** Resolves with the open connection and the host key, "ssh-ed25519 AAAA…"; rejects when the sign-in is refused. */
export function signIn(
  host: TestHost,
  key: Key,
  user: UserName = "root",
): Promise<{ client: Client; hostKey: string }> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let hostKey = "";
    client.once("ready", () => resolve({ client, hostKey }));
    client.once("error", reject);
    client.connect({
      host: host.address,
      username: user,
      privateKey: readFileSync(key.file),
      passphrase: key.passphrase,
      readyTimeout: WITHIN_MS,
      hostVerifier: (blob: Buffer) => {
        const kind = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
        hostKey = `${kind} ${blob.toString("base64")}`;
        return true;
      },
    });
  });
}

/** The output of a command. */
export function over(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let output = "";
      channel.on("data", (chunk: Buffer) => {
        output += chunk;
      });
      channel.stderr.resume();
      channel.once("close", () => resolve(output));
    });
  });
}
