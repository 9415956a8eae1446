/* A server to deploy to, the same as in the tests (e2e/hosts), and the console's target for it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { borrowHosts } from "@/e2e/hosts/borrow-hosts";
import setUpHosts from "@/e2e/hosts/global-setup";
import type { TestHost } from "@/e2e/hosts/test-host";
import type { SshSettings } from "@/lib/hosts/ssh/settings";
import { Secret } from "@/lib/platform/secrets/secret";
import type { Installation } from "./installation";

export interface Server {
  host: TestHost;
  /** For peers that run the `ssh` program. */
  knownHosts: string;
  stop(): Promise<void>;
}

export async function startServer(landfall: Installation): Promise<Server> {
  const takeDown = await setUpHosts();
  const { hosts, giveBack } = await borrowHosts(1);
  const [host] = hosts;
  if (!host) throw new Error("there are no test hosts");
  const knownHosts = join(landfall.directory, "known_hosts");
  await writeFile(knownHosts, `${host.address} ${host.hostKeys.ed25519.line}\n`);
  const stop = async () => {
    await giveBack();
    await takeDown();
  };
  return { host, knownHosts, stop };
}

export async function addServerTarget(landfall: Installation, { host }: Server): Promise<string> {
  await landfall.api.post("/api/targets", {
    name: host.name,
    kind: "ssh",
    host: host.address,
    user: "root",
    hostKey: host.hostKeys.ed25519.line,
    key: { kind: "private-key", privateKey: await readFile(host.keys.ed25519.file, "utf8") },
  });
  return host.name;
}

export async function loginTo({ host }: Server): Promise<SshSettings> {
  const privateKey = new Secret(await readFile(host.keys.ed25519.file, "utf8"));
  const { address, port, hostKeys } = host;
  return { host: address, port, user: "root", hostKey: hostKeys.ed25519.line, key: { privateKey } };
}
