/* The facts about the running hosts: written when they are started, read by every test. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { HostFacts, Keys, Registry } from "./facts";

export interface State {
  recipe: string;
  hosts: HostFacts[];
  keys: Keys;
  registry: Registry;
}

/** One per person and machine, like the addresses: every clone finds the same hosts. */
const stateFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "landfall-test-hosts");
export const keysFolder = join(stateFolder, "keys");
const stateFile = join(stateFolder, "state.json");
const keepFile = join(stateFolder, "keep");

export function makeStateFolder(): void {
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
}

export function readState(): State | undefined {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8")) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function writeState(state: State): void {
  writeFileSync(stateFile, JSON.stringify(state, null, 2), { mode: 0o600 });
}

export function forgetState(): void {
  rmSync(stateFile, { force: true });
  rmSync(keysFolder, { recursive: true, force: true });
}

/** LANDFALL_KEEP_HOSTS=1 keeps the hosts running after the run, and after every later one until a run sets 0. */
export function settleKeeping(): void {
  const wish = process.env.LANDFALL_KEEP_HOSTS;
  if (wish === "1") writeFileSync(keepFile, "");
  if (wish === "0") rmSync(keepFile, { force: true });
}

export function isKept(): boolean {
  return existsSync(keepFile);
}
