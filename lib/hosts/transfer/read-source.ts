import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Problem } from "@/lib/contracts/problem";
import type { TreeEntry } from "../host";
import { openSourceFile, readSourceFile } from "../source-access";

/** A stream per file costs more than reading most of them. */
export const READ_WHOLE_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/** All of a small file. Throws `transfer-failed` when it is not what the tree says it is. */
export function readWhole(root: string, entry: TreeEntry): Buffer {
  const content = readIfThere(root, entry);
  if (hash("sha256", content) !== entry.digest) throw changed(entry);
  return content;
}

/** It has just been read for its digest, so it is in memory: four turns through the thread pool would take longer. */
function readIfThere(root: string, entry: TreeEntry): Buffer {
  try {
    return readSourceFile(root, entry.path);
  } catch (cause) {
    throw changed(entry, cause);
  }
}

/** A large file in pieces; the last may be followed by the same rejection. Never more bytes than the tree says. */
export async function* readPieces(root: string, entry: TreeEntry): AsyncGenerator<Buffer> {
  const digest = createHash("sha256");
  let left = entry.size;
  try {
    const fd = openSourceFile(root, entry.path);
    for await (const piece of createReadStream("", { fd, highWaterMark: PIECE_BYTES })) {
      left -= piece.length;
      if (left < 0) break;
      digest.update(piece);
      yield piece;
    }
  } catch (cause) {
    throw changed(entry, cause);
  }
  if (left !== 0 || digest.digest("hex") !== entry.digest) throw changed(entry);
}

function changed({ path }: TreeEntry, cause?: unknown): Problem {
  const why = cause === undefined ? "" : ` (${(cause as Error).message})`;
  const detail = `${path} changed while it was being sent${why}`;
  return new Problem("transfer-failed", { params: { path }, detail, cause });
}
