import { parseEnv } from "node:util";
import * as z from "zod";

/** The web server runs in one of two slots: one is live, the other is free for the next release. */
export const SLOTS = ["blue", "green"] as const;
export type Slot = (typeof SLOTS)[number];

/** A release of Landfall itself, as `.release.env` describes it. */
export interface Release {
  /** `20261121-113502`, in UTC: sortable, and part of the folder's and the image's name. */
  timestamp: string;
  version: string;
  /** The commit it was built from; null if unknown. */
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

/** The time for people: "2026-11-21 11:35:02 UTC". */
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

/** Null if it is not one of ours: someone ran compose with a file that only names an image. */
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

/** `settings`: other values for the compose file, from the environment file (`composeSettings`). */
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
 * Compose replaces `${NAME}` in its file from the release file alone. People set such a value in the environment file, or
 * on the server in the release file itself (`before`), where it is kept.
 */
export function composeSettings(
  files: { compose: string; environment: string },
  before: string | null,
): Record<string, string> {
  const given = { ...parseEnv(before ?? ""), ...parseEnv(files.environment) };
  const asked = [...files.compose.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? "");
  const own = new Set(["LANDFALL_IMAGE", "LANDFALL_SLOT", "LANDFALL_ENVIRONMENT", "LANDFALL_CADDYFILE"]);
  return Object.fromEntries(asked.flatMap((name) => (own.has(name) || !given[name] ? [] : [[name, given[name]]])));
}
