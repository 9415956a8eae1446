import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { ArchiveBytes } from "./archive";

/** Archives as tools write them, and hostile ones that no tool writes: they are built here byte by byte. */

export interface TestEntry {
  path: string;
  content?: string | Buffer;
  /** With the file type, as in a zip: 0o100755. */
  mode?: number;
  type?: Header["type"];
  link?: string;
  /** The extended header of a tar. */
  pax?: Record<string, string>;
  encrypted?: boolean;
  /** Additional general purpose bits of a zip, and its external attributes instead of the mode. */
  bits?: number;
  attributes?: number;
  /** The name as bytes, for a zip. */
  rawPath?: Buffer;
  method?: number;
  /** False values for the directory of a zip. */
  claims?: { bytes?: number; crc?: number };
}

export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const packer = pack();
  for (const { path, content = "", mode = 0o644, type = "file", link, pax } of entries) {
    const more = { ...(link && { linkname: link }), ...(pax && { pax }) };
    const header = { name: path, mode: mode & 0o7777, type, mtime: new Date(0), ...more };
    packer.entry(header, Buffer.from(content));
  }
  packer.finalize();
  const parts: Buffer[] = [];
  for await (const part of packer as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

export async function tarGzOf(entries: readonly TestEntry[]): Promise<Buffer> {
  return gzipSync(await tarOf(entries));
}

/** Changes the type in one header of a tar and fixes its checksum: for types that no library writes. */
export function withTarType(tar: Buffer, headerIndex: number, type: string): Buffer {
  const changed = Buffer.from(tar);
  const header = changed.subarray(headerIndex * 512, (headerIndex + 1) * 512);
  header.write(type, 156);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return changed;
}

export function zipOf(entries: readonly TestEntry[], { comment = "" } = {}): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = zipEntry(entry, offset);
    bodies.push(local);
    directory.push(central);
    offset += local.length;
  }
  const names = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(names.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...bodies, names, end, Buffer.from(comment)]);
}

const UTF8_AND_UNIX = { flag: 0x800, madeBy: 0x031e };

function zipEntry(entry: TestEntry, offset: number) {
  const { path, content = "", mode, link, encrypted, method = 8, claims = {} } = entry;
  const name = entry.rawPath ?? Buffer.from(path);
  const plain = Buffer.from(link ?? content);
  const packed = method === 8 ? deflateRawSync(plain) : plain;
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(UTF8_AND_UNIX.flag | (encrypted ? 1 : 0) | (entry.bits ?? 0), 2);
  shared.writeUInt16LE(method, 4);
  shared.writeUInt32LE(claims.crc ?? crc32(plain), 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(claims.bytes ?? plain.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(UTF8_AND_UNIX.madeBy, 4);
  shared.copy(central, 6);
  central.writeUInt32LE(entry.attributes ?? ((mode ?? 0) << 16) >>> 0, 38);
  central.writeUInt32LE(offset, 42);
  const signature = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
  return { local: Buffer.concat([signature, shared, name, packed]), central: Buffer.concat([central, name]) };
}

/** In pieces with arbitrary boundaries. */
export function bytesOf(archive: Buffer, pieceBytes = 1_000): ArchiveBytes {
  return {
    size: archive.length,
    async *read(start, end) {
      for (let at = start; at < end; at += pieceBytes) yield archive.subarray(at, Math.min(end, at + pieceBytes));
    },
  };
}
