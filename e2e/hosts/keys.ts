/* The keys that people sign in with, and the hosts' own keys. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostFacts, type HostName, hostKeyKinds, type KeyName, type Keys, keyNames } from "./facts";
import { containerOf } from "./fleet";
import { runCommand } from "./run-command.mjs";
import { keysFolder } from "./state";

/** Prints all of them as one JSON object, in OpenSSH's own format, which people use. */
const MAKE_KEYS = `
import json, os, subprocess, sys
os.chdir("/tmp")
kinds = {"rsa": ["-t", "rsa", "-b", "3072"], "ecdsa": ["-t", "ecdsa"]}
made = {}
for name in sys.argv[2:]:
    words = ["-q", "-f", name, "-C", name + "@landfall-test", "-N", sys.argv[1] if name == "locked" else ""]
    subprocess.run(["ssh-keygen", *kinds.get(name, ["-t", "ed25519"]), *words], check=True)
    made[name] = [open(name).read(), open(name + ".pub").read().strip()]
print(json.dumps(made))
`;

/** Creates new keys in the state folder. */
export async function makeKeys(image: string): Promise<Keys> {
  mkdirSync(keysFolder, { mode: 0o700 });
  const passphrase = randomBytes(9).toString("base64url");
  const made: Record<string, [string, string]> = JSON.parse(
    await runCommand(["docker", "run", "--rm", image, "python3", "-c", MAKE_KEYS, passphrase, ...keyNames]),
  );
  const entries = keyNames.map((name) => {
    const [content = "", line = ""] = made[name] ?? [];
    const file = join(keysFolder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return [name, { file, line, ...(name === "locked" && { passphrase }) }];
  });
  return Object.fromEntries(entries);
}

/** Lets every key in but the stranger's and those named, as every user. Its input is `authorizedKeys`. */
export const AUTHORIZE = `
umask 077
cat >/root/.ssh/authorized_keys
install -m 0600 -o deploy -g deploy /root/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys
`;

export function authorizedKeys(keys: Keys, except: readonly KeyName[] = []): string {
  const welcome = keyNames.filter((key) => key !== "stranger" && !except.includes(key));
  return welcome.map((key) => `${keys[key].line}\n`).join("");
}

/** Prints two lines for each key: the key, and its size and fingerprint. */
const SHOW_HOST_KEYS = `for kind; do cat "/etc/ssh/ssh_host_\${kind}_key.pub"; ssh-keygen -lf "/etc/ssh/ssh_host_\${kind}_key.pub"; done`;

export async function readHostKeys(name: HostName): Promise<HostFacts["hostKeys"]> {
  const show = ["docker", "exec", containerOf(name), "sh", "-c", SHOW_HOST_KEYS, "sh", ...hostKeyKinds];
  const lines = (await runCommand(show)).split("\n");
  const entries = hostKeyKinds.map((kind, index) => {
    const [line = "", print = ""] = lines.slice(2 * index);
    return [kind, { line: line.split(" ").slice(0, 2).join(" "), fingerprint: print.split(" ")[1] }];
  });
  return Object.fromEntries(entries);
}
