import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { Problem } from "@/lib/contracts/problem";
import type { SourceTree, TreeEntry } from "../host";
import { openSourceFile, readSourceFile } from "../source-access";
import type { TransferPlan } from "./plan-transfer";
import { TAR_END, type TarMember, tarMember, tarPadding } from "./tar-member";

const BLOCK_BYTES = 256 * 1024;
const BLOCKS_AHEAD = 4;
const SAMPLE_BYTES = 8 * 1024;
const DENSE_BITS = 7.8;
/** A stream per file costs more than reading most of them. */
const READ_WHOLE_BYTES = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

/** A part of the pack, and how much of the source is complete with it. */
export interface PackPart {
  data: Buffer;
  /** Bytes and files of the source that end in this part. */
  bytes: number;
  files: number;
}

/**
 * The pack of a plan: a gzipped tar, created while it is read, the same bytes every time. Each block is compressed separately,
 * so that several are compressed concurrently; together they are an ordinary gzip file, whose checksums find an incomplete
 * transfer. Rejects with `transfer-failed` when a file differs from the tree's entry.
 */
export function packTree(root: string, plan: Pick<TransferPlan, "lists" | "packed">): AsyncGenerator<PackPart> {
  return compressed(tarParts(root, plan, { top: "tree", keepsModes: false }));
}

/** An archive for an upload: the whole tree in one folder named `top`, with its modes. */
export function packArchive({ root, entries }: SourceTree, top: string): AsyncGenerator<PackPart> {
  return compressed(tarParts(root, { lists: [], packed: entries }, { top, keepsModes: true }));
}

function compressed(parts: AsyncIterable<PackPart>): AsyncGenerator<PackPart> {
  return mapAhead(inBlocks(parts), BLOCKS_AHEAD, async (part) => ({ ...part, data: await compress(part.data) }));
}

interface Form {
  /** The folder of the tar that holds the tree. */
  top: string;
  keepsModes: boolean;
}

async function* tarParts(
  root: string,
  { lists, packed }: Pick<TransferPlan, "lists" | "packed">,
  { top, keepsModes }: Form,
): AsyncGenerator<PackPart> {
  for (const { name, content } of lists) yield structure(fileMember({ name }, content));
  yield structure(tarMember({ kind: "directory", name: top }));
  for (const entry of packed) {
    const member = { name: `${top}/${entry.path}`, ...(keepsModes && { mode: entry.mode }) };
    if (entry.kind !== "file") yield structure(tarMember({ ...member, kind: entry.kind, link: entry.digest }));
    else if (entry.size > READ_WHOLE_BYTES) yield* largeFile(root, entry, member);
    else yield { data: fileMember(member, readWhole(root, entry)), bytes: entry.size, files: 1 };
  }
  yield structure(TAR_END);
}

function structure(data: Buffer): PackPart {
  return { data, bytes: 0, files: 0 };
}

type Named = Pick<TarMember, "name" | "mode">;

function fileMember(named: Named, content: Buffer): Buffer {
  const member = tarMember({ kind: "file", ...named, size: content.length });
  return Buffer.concat([member, content, tarPadding(content.length)]);
}

async function* largeFile(root: string, entry: TreeEntry, named: Named): AsyncGenerator<PackPart> {
  yield structure(tarMember({ kind: "file", ...named, size: entry.size }));
  for await (const data of readPieces(root, entry)) yield { data, bytes: data.length, files: 0 };
  yield { data: tarPadding(entry.size), bytes: 0, files: 1 };
}

/** The same bytes in blocks of one size, wherever the parts end; a block counts the parts that end before it does. */
async function* inBlocks(parts: AsyncIterable<PackPart>): AsyncGenerator<PackPart> {
  let block = newBlock();
  for await (const { data, bytes, files } of parts) {
    for (let from = 0; from < data.length; ) {
      const taken = data.copy(block.data, block.filled, from);
      from += taken;
      block.filled += taken;
      if (block.filled < BLOCK_BYTES) continue;
      yield block;
      block = newBlock();
    }
    block.bytes += bytes;
    block.files += files;
  }
  yield { ...block, data: block.data.subarray(0, block.filled) };
}

function newBlock() {
  return { data: Buffer.allocUnsafe(BLOCK_BYTES), filled: 0, bytes: 0, files: 0 };
}

const gzipInPool = promisify(gzip);

/** Compresses fast, and not at all where nothing is gained: pictures and archives would take four times as long. */
function compress(block: Buffer): Promise<Buffer> {
  const middle = Math.max(0, (block.length - SAMPLE_BYTES) >> 1);
  const isDense = entropy(block.subarray(middle, middle + SAMPLE_BYTES)) > DENSE_BITS;
  const level = isDense ? constants.Z_NO_COMPRESSION : constants.Z_BEST_SPEED;
  return gzipInPool(block, { level, chunkSize: BLOCK_BYTES });
}

/** Information in a byte, in bits: text has less than 6, compressed and encrypted data nearly 8. */
function entropy(bytes: Buffer): number {
  const counts = new Uint16Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  return counts.reduce(
    (bits, count) => (count === 0 ? bits : bits - (count / bytes.length) * Math.log2(count / bytes.length)),
    0,
  );
}

/** The content of a small file. Throws `transfer-failed` when it differs from the tree's entry. */
function readWhole(root: string, entry: TreeEntry): Buffer {
  const content = readIfThere(root, entry);
  if (hash("sha256", content) !== entry.digest) throw changed(entry);
  return content;
}

/** Synchronous: it was just read for its digest, so it is in memory, and four turns through the thread pool take longer. */
function readIfThere(root: string, entry: TreeEntry): Buffer {
  try {
    return readSourceFile(root, entry.path);
  } catch (cause) {
    throw changed(entry, cause);
  }
}

/** A large file in pieces; the last may be followed by the same rejection. Never more bytes than the tree's entry has. */
async function* readPieces(root: string, entry: TreeEntry): AsyncGenerator<Buffer> {
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

/** Maps in order with up to `count` results pending. When its reader stops, pending results are awaited. */
async function* mapAhead<In, Out>(
  source: Iterable<In> | AsyncIterable<In>,
  count: number,
  map: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const pending: Promise<Out>[] = [];
  try {
    for await (const item of source) {
      pending.push(begin(map, item));
      if (pending.length === count) yield await (pending.shift() as Promise<Out>);
    }
    for (let next = pending.shift(); next; next = pending.shift()) yield await next;
  } finally {
    await Promise.allSettled(pending);
  }
}

function begin<In, Out>(map: (item: In) => Promise<Out>, item: In): Promise<Out> {
  const result = map(item);
  // It may fail before it is awaited, which reports the failure.
  result.catch(() => {});
  return result;
}
