import { Problem } from "@/lib/contracts/problem";
import type { DokployVersion } from "./types";

/** The versions that this client is tested with. */
const OLDEST: Numbers = [0, 24, 0];
const NEWEST: Numbers = [0, 30, 2];
/** "0.30.2": the newest version that Landfall was tested with. */
export const NEWEST_TESTED = NEWEST.join(".");

/** The versions since which servers have calls that older ones lack. */
const SINCE = {
  queueList: [0, 28, 3],
  readApplicationLog: [0, 29, 0],
  readDeploymentLog: [0, 29, 5],
  removeVolume: [0, 30, 0],
  allDomains: [0, 30, 0],
  readContainerFile: [0, 30, 0],
} as const;
export type NewerCall = keyof typeof SINCE;

/** Parses "v0.30.2". Throws platform-unsupported for a server that is too old, or is no Dokploy server. */
export function toVersion(text: string): DokployVersion {
  const [, ...numbers] = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})/.exec(text) ?? [];
  const [major, minor, patch] = numbers.map(Number);
  if (major === undefined || minor === undefined || patch === undefined)
    throw new Problem("platform-unsupported", { detail: "it does not say its version" });
  if (isBefore([major, minor, patch], OLDEST))
    throw new Problem("platform-unsupported", { params: { version: `${major}.${minor}.${patch}` } });
  return { text, major, minor, patch, isTested: !isBefore(NEWEST, [major, minor, patch]) };
}

export function has({ major, minor, patch }: DokployVersion, call: NewerCall): boolean {
  return !isBefore([major, minor, patch], SINCE[call]);
}

type Numbers = readonly [number, number, number];

function isBefore(a: Numbers, b: Numbers): boolean {
  for (const place of [0, 1, 2] as const) if (a[place] !== b[place]) return a[place] < b[place];
  return false;
}
