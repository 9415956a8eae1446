import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { TreeEntry } from "../host";
import { mapAhead } from "./map-ahead";
import type { TransferPlan } from "./plan-transfer";
import { READ_WHOLE_BYTES, readPieces, readWhole } from "./read-source";
import { TAR_END, tarMember, tarPadding } from "./tar-member";

const BLOCK_BYTES = 256 * 1024;
const BLOCKS_AHEAD = 4;
const SAMPLE_BYTES = 8 * 1024;
const DENSE_BITS = 7.8;

/** A part of the pack, and what of the source is complete with it. */
export interface PackPart {
  data: Buffer;
  /** Bytes and files of the source that end in this part. */
  bytes: number;
  files: number;
}

/**
 * The pack of a plan: a gzipped tar, made while it is read, the same bytes every time. Each block is compressed for
 * itself, so that several are under way at once; together they are one gzip file like any other, and its checksums
 * find what a torn transfer left. Rejects with `transfer-failed` when a file is not what the tree says it is.
 */
export function packTree(root: string, plan: TransferPlan): AsyncGenerator<PackPart> {
  return mapAhead(inBlocks(tarParts(root, plan)), BLOCKS_AHEAD, async (part) => ({
    ...part,
    data: await compress(part.data),
  }));
}

async function* tarParts(root: string, plan: TransferPlan): AsyncGenerator<PackPart> {
  for (const { name, content } of plan.lists) yield structure(fileMember(name, content));
  yield structure(tarMember({ kind: "directory", name: "tree" }));
  for (const entry of plan.packed) {
    if (entry.kind !== "file") yield structure(tarMember({ ...entry, name: `tree/${entry.path}`, link: entry.digest }));
    else if (entry.size > READ_WHOLE_BYTES) yield* largeFile(root, entry);
    else yield { data: fileMember(`tree/${entry.path}`, readWhole(root, entry)), bytes: entry.size, files: 1 };
  }
  yield structure(TAR_END);
}

function structure(data: Buffer): PackPart {
  return { data, bytes: 0, files: 0 };
}

function fileMember(name: string, content: Buffer): Buffer {
  const member = tarMember({ kind: "file", name, size: content.length });
  return Buffer.concat([member, content, tarPadding(content.length)]);
}

async function* largeFile(root: string, entry: TreeEntry): AsyncGenerator<PackPart> {
  yield structure(tarMember({ kind: "file", name: `tree/${entry.path}`, size: entry.size }));
  for await (const data of readPieces(root, entry)) yield { data, bytes: data.length, files: 0 };
  yield { data: tarPadding(entry.size), bytes: 0, files: 1 };
}

/** The same bytes in blocks of one size, wherever the parts ended; a block tells of the parts that ended before it did. */
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

/** Fast, and not at all where nothing is gained: pictures and archives take four times as long to shrink by nothing. */
function compress(block: Buffer): Promise<Buffer> {
  const middle = Math.max(0, (block.length - SAMPLE_BYTES) >> 1);
  const isDense = entropy(block.subarray(middle, middle + SAMPLE_BYTES)) > DENSE_BITS;
  const level = isDense ? constants.Z_NO_COMPRESSION : constants.Z_BEST_SPEED;
  return gzipInPool(block, { level, chunkSize: BLOCK_BYTES });
}

/** Bits that a byte of these carries, of 8: text has less than 6, what is compressed or encrypted nearly all. */
function entropy(bytes: Buffer): number {
  const counts = new Uint16Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  return counts.reduce(
    (bits, count) => (count === 0 ? bits : bits - (count / bytes.length) * Math.log2(count / bytes.length)),
    0,
  );
}
