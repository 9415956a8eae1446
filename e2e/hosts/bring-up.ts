/* Brings the hosts up, or finds them up. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureImage } from "./ensure-image.mjs";
import { type HostFacts, type HostName, hostKeyKinds, type KeyName, type Keys, keyNames, type Registry } from "./facts";
import { containerOf, fleet, recipeOf, removeHosts, runningRecipe, startHosts } from "./fleet";
import { runCommand, succeeds } from "./run-command.mjs";
import { forgetState, isKept, keysFolder, readState, writeState } from "./state";
import { isUsedByOthers } from "./users";

const READY_WITHIN_MS = 90_000;

/** Rejects when they are not ready in time; what was begun is removed then. */
export async function bringUp(report: (detail: string) => void = () => {}): Promise<string> {
  const image = await ensureImage(report);
  if (await areUp(image)) return "already up";
  if (isUsedByOthers())
    throw new Error("another run uses test hosts that were made by a different recipe: wait for it, or end it");
  report("starting");
  await takeDown();
  try {
    await startHosts(image);
    await Promise.all(fleet.map(({ name, address }) => isReady(name, address)));
    await furnish(image);
  } catch (error) {
    await takeDown();
    throw error;
  }
  return fleet.map(({ name, address }) => `${name} at ${address}`).join(", ");
}

export async function takeDown(): Promise<void> {
  forgetState();
  await removeHosts(await ensureImage());
}

/** Those of a run that was killed do not count: nobody knows how it left them. */
async function areUp(image: string): Promise<boolean> {
  const recipe = recipeOf(image);
  const areOfRecipe = readState()?.recipe === recipe && (await runningRecipe()) === recipe;
  return areOfRecipe && (isKept() || isUsedByOthers());
}

/** Once systemd has started everything and sshd greets. */
export async function isReady(name: HostName, address: string): Promise<void> {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await sleep(100))
    if ((await isBooted(name)) && (await greets(address))) return;
  const failed = await runCommand(["docker", "exec", containerOf(name), "systemctl", "--failed", "--no-legend"]);
  throw new Error(`${name} is not ready after ${READY_WITHIN_MS / 1_000} s: ${failed || "nothing failed there"}`);
}

function isBooted(name: HostName): Promise<boolean> {
  const isUp = "systemctl is-system-running | grep -qE 'running|degraded' && docker version >/dev/null";
  return succeeds(["docker", "exec", containerOf(name), "sh", "-c", isUp]);
}

function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(22, address).setTimeout(1_000);
    const answer = (good: boolean) => {
      socket.destroy();
      resolve(good);
    };
    socket.once("data", (data) => answer(data.toString().startsWith("SSH-")));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => answer(false));
  });
}

async function furnish(image: string): Promise<void> {
  const keys = await makeKeys(image);
  const registry = { address: "127.0.0.1:5000", username: "puller", password: randomBytes(12).toString("base64url") };
  await Promise.all(fleet.map(({ name }) => furnishHost(name, keys, registry)));
  const hosts = await Promise.all(fleet.map(async (host) => ({ ...host, hostKeys: await readHostKeys(host.name) })));
  writeState({ recipe: recipeOf(image), hosts, keys, registry });
}

/** Prints all of them as one JSON object: OpenSSH's own format is what people have. */
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

async function makeKeys(image: string): Promise<Keys> {
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

/** The mark is what the host was like: what is newer, a test put there. */
const FURNISH = `
python3 -c 'import crypt, sys; user, password = sys.argv[1:]; print(user + ":" + crypt.crypt(password, crypt.METHOD_BLOWFISH))' \
  "$1" "$2" >/etc/docker/registry/htpasswd
systemctl restart docker-registry.service
load-images
cp /etc/passwd /var/lib/came-up
`;

async function furnishHost(name: HostName, keys: Keys, registry: Registry): Promise<void> {
  await authorize(name, keys);
  const { username, password } = registry;
  await runCommand(["docker", "exec", containerOf(name), "sh", "-euc", FURNISH, "furnish", username, password]);
}

/** Lets every key in but the stranger's and those named, for every user. */
export async function authorize(name: HostName, keys: Keys, except: readonly KeyName[] = []): Promise<void> {
  const welcome = keyNames.filter((key) => key !== "stranger" && !except.includes(key));
  const stdin = welcome.map((key) => `${keys[key].line}\n`).join("");
  await runCommand(["docker", "exec", "--interactive", containerOf(name), "sh", "-euc", AUTHORIZE], { stdin });
}

const AUTHORIZE = `
umask 077
cat >/root/.ssh/authorized_keys
install -m 0600 -o deploy -g deploy /root/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys
`;

export async function readHostKeys(name: HostName): Promise<HostFacts["hostKeys"]> {
  const entries = hostKeyKinds.map(async (kind) => {
    const file = `/etc/ssh/ssh_host_${kind}_key.pub`;
    const both = await runCommand([
      "docker",
      "exec",
      containerOf(name),
      "sh",
      "-c",
      `cat ${file}; ssh-keygen -lf ${file}`,
    ]);
    const [line = "", print = ""] = both.split("\n");
    return [kind, { line: line.split(" ").slice(0, 2).join(" "), fingerprint: print.split(" ")[1] }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
