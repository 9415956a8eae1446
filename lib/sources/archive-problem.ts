import { Problem } from "@/lib/contracts/problem";
import { type ArchiveLimits, MEGABYTE } from "./archive-limits";

/** Why an archive is refused; each has its words in the sentence of `archive-invalid`. */
type Reason =
  | "format"
  | "damaged"
  | "empty"
  | "outside"
  | "link"
  | "special"
  | "duplicate"
  | "name"
  | "encrypted"
  | "unsupported"
  | "count"
  | "size";

interface Particulars {
  /** The entry that is wrong, as the archive names it. */
  entry?: string;
  limit?: number;
  cause?: unknown;
}

const SHOWN_CHARACTERS = 200;

export function archiveInvalid(reason: Reason, { entry = "", limit = 0, cause }: Particulars = {}): Problem {
  const params = { reason, entry: shown(entry), limit };
  const fields = [{ path: ["file"], code: "archive-invalid", message: "archive-invalid" }];
  return new Problem("archive-invalid", { params, fields, detail: whatTheLibrarySaid(cause), cause });
}

/** What it says and what it is need not be the same: this is found out while it is unpacked. */
export function unpackedTooLarge({ unpackedBytes }: ArchiveLimits): Problem {
  return archiveInvalid("size", { limit: Math.floor(unpackedBytes / MEGABYTE) });
}

/** The name is stored and shown: not all of it, and nothing a database refuses. */
function shown(entry: string): string {
  const text = entry.toWellFormed().replaceAll(/\p{Cc}/gu, "\ufffd");
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function whatTheLibrarySaid(cause: unknown): string | undefined {
  return cause instanceof Error ? shown(cause.message) : undefined;
}
