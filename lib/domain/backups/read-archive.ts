import { createReadStream } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { Problem } from "@/lib/contracts/problem";
import { Tally } from "./copy-table";
import { FORMAT, MANIFEST, Manifest } from "./manifest";

/** More is no manifest of ours. */
const MANIFEST_LIMIT_BYTES = 4_000_000;

export interface Entry {
  name: string;
  body: AsyncIterable<Uint8Array>;
}

/**
 * Reads an archive from its beginning to its end; whatever is wrong with it as a file is `backup-damaged`. Answers the
 * size and SHA-256 of the file.
 */
export async function readArchive(
  file: string,
  onEntry: (entry: Entry) => Promise<void>,
): Promise<{ bytes: number; sha256: string }> {
  const parser = extract();
  const tally = new Tally();
  // Its streams are not Node's own, but close enough to be written to.
  const sink = parser as unknown as Writable;
  const flow = pipeline(createReadStream(file), tally, createGunzip(), sink).then(
    () => undefined,
    (error: unknown) => error ?? new Error("cut off"),
  );
  let failure: unknown;
  try {
    for await (const entry of parser) {
      await onEntry({ name: entry.header.name, body: entry as AsyncIterable<Uint8Array> });
      entry.resume();
    }
  } catch (error) {
    failure = error;
    parser.destroy();
  }
  const broken = await flow;
  if (failure instanceof Problem) throw failure;
  if (failure ?? broken) throw damaged("it cannot be unpacked to its end", failure ?? broken);
  return tally.result();
}

/** What an archive says of itself, which is its first entry: the rest is not read. */
export async function readManifest(file: string): Promise<Manifest> {
  let found: Manifest | undefined;
  class Enough extends Error {}
  const stop = new Enough();
  try {
    await readArchive(file, async (entry) => {
      found = await parseManifest(entry);
      throw stop;
    });
  } catch (error) {
    if (found === undefined) throw error;
  }
  if (found === undefined) throw damaged("it is empty");
  return found;
}

export async function parseManifest({ name, body }: Entry): Promise<Manifest> {
  if (name !== MANIFEST) throw damaged(`it begins with ${name} and not with ${MANIFEST}`);
  const text = await wholeOf(body, MANIFEST_LIMIT_BYTES);
  const json = parseJson(text.toString("utf8"));
  if (typeof json?.format === "number" && json.format > FORMAT)
    throw new Problem("backup-newer", { detail: `its format is ${json.format}, this code knows ${FORMAT}` });
  const manifest = Manifest.safeParse(json);
  if (!manifest.success) throw damaged(`${MANIFEST} is not what it should be`, manifest.error);
  return manifest.data;
}

export async function wholeOf(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw damaged("an entry is larger than it may be");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(text: string): { format?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`${MANIFEST} is not JSON`, cause);
  }
}

export function damaged(how: string, cause?: unknown): Problem {
  return new Problem("backup-damaged", { detail: how, cause });
}
