import { archiveInvalid } from "./archive-problem";

/** Linux's limit for one name; whole paths must leave room for the folder they are put in. */
const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 1_024;
const WINDOWS_DRIVE = /^[A-Za-z]:[\\/]/;

/** An entry's path without `.` and doubled slashes; empty for the root itself. Throws `archive-invalid` for what leads out. */
export function cleanPath(path: string): string {
  if (path.startsWith("/") || WINDOWS_DRIVE.test(path)) throw archiveInvalid("outside", { entry: path });
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw archiveInvalid("outside", { entry: path });
  const clean = parts.join("/");
  if (!isUsable(clean, parts)) throw archiveInvalid("name", { entry: path });
  return clean;
}

/** Bytes that were not UTF-8 have become U+FFFD: the file would get another name than it has. */
function isUsable(path: string, parts: readonly string[]): boolean {
  if (path.includes("\0") || path.includes("\ufffd") || Buffer.byteLength(path) > LONGEST_PATH_BYTES) return false;
  return parts.every((part) => Buffer.byteLength(part) <= LONGEST_NAME_BYTES);
}
