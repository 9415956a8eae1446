import { parseEnv } from "node:util";
import * as z from "zod";

/** Where the web server runs: one slot serves, the other is free for the next release. */
export const SLOTS = ["blue", "green"] as const;
export type Slot = (typeof SLOTS)[number];

/** One state of Landfall's own installation: what `.release.env` says of it. */
export interface Release {
  /** `20261121-113502`, in UTC: sorts, and names the folder and the image. */
  timestamp: string;
  version: string;
  /** Of the clone it was built from; null when that is not known. */
  commit: string | null;
  image: string;
}

export const TIMESTAMP = /^\d{8}-\d{6}$/;

export function timestampOf(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replaceAll(/[-:]/g, "")
    .replace("T", "-");
}

/** The time as people read it: "2026-11-21 11:35:02 UTC". */
export function readableTime(timestamp: string): string {
  return timestamp.replace(/^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/, "$1-$2-$3 $4:$5:$6 UTC");
}

export function otherSlot(slot: Slot): Slot {
  return slot === "blue" ? "green" : "blue";
}

const ReleaseFile = z.object({
  LANDFALL_IMAGE: z.string().min(1),
  LANDFALL_SLOT: z.enum(SLOTS).default("blue"),
  LANDFALL_RELEASE: z.string().regex(TIMESTAMP),
  LANDFALL_VERSION: z.string().min(1),
  LANDFALL_COMMIT: z.string().optional(),
});

/** Null when it is not one of ours: compose was used by hand, with a file that names an image and no more. */
export function parseReleaseFile(text: string): { release: Release; slot: Slot } | null {
  const { data } = ReleaseFile.safeParse(parseEnv(text));
  if (!data) return null;
  const release: Release = {
    timestamp: data.LANDFALL_RELEASE,
    version: data.LANDFALL_VERSION,
    commit: data.LANDFALL_COMMIT || null,
    image: data.LANDFALL_IMAGE,
  };
  return { release, slot: data.LANDFALL_SLOT };
}

/** `settings`: what else the compose file asks for and the environment file has (`composeSettings`). */
export function releaseFile(
  { timestamp, version, commit, image }: Release,
  slot: Slot,
  settings: Readonly<Record<string, string>> = {},
): string {
  const lines = {
    LANDFALL_IMAGE: image,
    LANDFALL_SLOT: slot,
    LANDFALL_RELEASE: timestamp,
    LANDFALL_VERSION: version,
    LANDFALL_COMMIT: commit ?? "",
    ...settings,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/**
 * Compose fills `${NAME}` in its file from the release file alone. People write such a setting into the environment file,
 * or on a server into the release file itself (`before`), where it stays.
 */
export function composeSettings(
  files: { compose: string; environment: string },
  before: string | null,
): Record<string, string> {
  const given = { ...parseEnv(before ?? ""), ...parseEnv(files.environment) };
  const asked = [...files.compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? "");
  const own = new Set(["LANDFALL_IMAGE", "LANDFALL_SLOT"]);
  return Object.fromEntries(asked.flatMap((name) => (own.has(name) || !given[name] ? [] : [[name, given[name]]])));
}
