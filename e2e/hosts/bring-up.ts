/* Starts the hosts, or finds them running. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureImage } from "./ensure-image.mjs";
import type { HostName, Keys, Registry } from "./facts";
import { containerOf, fleet, recipeOf, removeHosts, runningRecipe, startHosts } from "./fleet";
import { isReady } from "./is-ready";
import { AUTHORIZE, authorizedKeys, makeKeys, readHostKeys } from "./keys";
import { runCommand } from "./run-command.mjs";
import { forgetState, isKept, readState, writeState } from "./state";
import { isUsedByOthers } from "./users";

/** Rejects when they are not ready in time; partly started hosts are then removed. */
export async function bringUp(report: (detail: string) => void = () => {}): Promise<string> {
  const image = await ensureImage(report);
  if (await areUp(image)) return "already up";
  report("another run uses hosts of another recipe: waiting for its end");
  while (isUsedByOthers()) await sleep(500);
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

/** Hosts of a killed run do not count: their state is unknown. */
async function areUp(image: string): Promise<boolean> {
  const recipe = recipeOf(image);
  const areOfRecipe = readState()?.recipe === recipe && (await runningRecipe()) === recipe;
  return areOfRecipe && (isKept() || isUsedByOthers());
}

async function furnish(image: string): Promise<void> {
  const keys = await makeKeys(image);
  const registry = { address: "127.0.0.1:5000", username: "puller", password: randomBytes(12).toString("base64url") };
  await Promise.all(fleet.map(({ name }) => furnishHost(name, keys, registry)));
  const hosts = await Promise.all(fleet.map(async (host) => ({ ...host, hostKeys: await readHostKeys(host.name) })));
  writeState({ recipe: recipeOf(image), hosts, keys, registry });
}

/** The mark records the host's initial state: a test put there everything that is newer. */
const FURNISH = `
(${AUTHORIZE})
python3 -c 'import crypt, sys; user, password = sys.argv[1:]; print(user + ":" + crypt.crypt(password, crypt.METHOD_BLOWFISH))' \
  "$1" "$2" >/etc/docker/registry/htpasswd
systemctl restart docker-registry.service
load-images
cp /etc/passwd /var/lib/came-up
`;

async function furnishHost(name: HostName, keys: Keys, registry: Registry): Promise<void> {
  const run = ["docker", "exec", "--interactive", containerOf(name), "sh", "-euc", FURNISH, "furnish"];
  await runCommand([...run, registry.username, registry.password], { stdin: authorizedKeys(keys) });
}
