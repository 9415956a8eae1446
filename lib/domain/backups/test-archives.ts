import { createReadStream, createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";

/** An archive's entries, in order. */
export type Entries = [name: string, content: Buffer][];

export async function unpackAll(file: string): Promise<Entries> {
  const parser = extract();
  const flow = pipeline(createReadStream(file), createGunzip(), parser as unknown as Writable);
  const entries: Entries = [];
  for await (const entry of parser) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    entries.push([entry.header.name, Buffer.concat(chunks)]);
  }
  await flow;
  return entries;
}

/** A whole archive in every respect but its content. */
export async function packAll(file: string, entries: Entries): Promise<string> {
  const tar = pack();
  for (const [name, content] of entries) tar.entry({ name }, content);
  tar.finalize();
  await pipeline(tar as AsyncIterable<Buffer>, createGzip(), createWriteStream(file));
  return file;
}
