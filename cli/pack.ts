import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { Problem } from "@/lib/contracts/problem";
import type { DriverKind } from "@/lib/contracts/service";
import { UploadView } from "@/lib/contracts/upload";
import { scanTree } from "@/lib/hosts/scan-tree";
import type { SourceUse } from "@/lib/hosts/source-rules";
import { packArchive } from "@/lib/hosts/transfer/pack-tree";
import { formatBytes } from "@/lib/platform/i18n/quantities";
import { step } from "../scripts/screen.mjs";
import type { Console } from "./console";
import { EXIT, Failure } from "./failure";
import { lineOfProblem } from "./sentences";

const ENDING = ["SIGINT", "SIGTERM"] as const;

/** What decides which files of a folder are deployed. */
export interface Packed {
  name: string;
  driver: DriverKind;
  settings: Readonly<Record<string, unknown>>;
}

/**
 * The purpose of the files, as the driver states it when it reads them on the server: an image is built from the files
 * that `docker build` would use; a program comes with its dependencies only where none are installed.
 */
export function sourceUseOf({ driver, settings }: Omit<Packed, "name">): SourceUse {
  if (driver !== "docker") return { kind: "program", bringsDependencies: settings.install === "none" };
  const { dockerfile } = settings;
  return { kind: "image", dockerfile: normalize(typeof dockerfile === "string" ? dockerfile : "Dockerfile") };
}

/** Packs the folder without what its ignore file excludes, and uploads it. */
export async function uploadFolder(console: Console, folder: string, packed: Packed): Promise<UploadView> {
  const place = await mkdtemp(join(tmpdir(), "landfall-"));
  const file = join(place, `${packed.name}.tar.gz`);
  const leave = () => {
    rmSync(place, { recursive: true, force: true });
    process.exit(EXIT.interrupted);
  };
  for (const signal of ENDING) process.once(signal, leave);
  try {
    await step(
      "Pack",
      (report) => pack(folder, packed, { file, report }),
      (summary) => summary,
    );
    return await step(
      "Upload",
      (report) => upload(console, file, report),
      ({ bytes }) => formatBytes(bytes, "en"),
    );
  } finally {
    for (const signal of ENDING) process.off(signal, leave);
    await rm(place, { recursive: true, force: true });
  }
}

interface Packing {
  file: string;
  report: (text: string) => void;
}

async function pack(folder: string, packed: Packed, { file, report }: Packing): Promise<string> {
  const tree = await scanTree(folder, undefined, sourceUseOf(packed)).catch(toFailure(folder));
  const files = tree.entries.filter(({ kind }) => kind === "file").length;
  if (files === 0) throw new Failure(`There is no file to deploy in ${folder}.`, EXIT.usage);
  let done = 0;
  async function* parts() {
    for await (const { data, bytes } of packArchive(tree, packed.name)) {
      done += bytes;
      report(`${formatBytes(done, "en")} of ${formatBytes(tree.bytes, "en")}`);
      yield data;
    }
  }
  await pipeline(parts, createWriteStream(file, { mode: 0o600 })).catch(toFailure(folder));
  const leftOut = tree.leftOut.length > 0 ? `, ${tree.leftOut.length} left out` : "";
  return `${files} files, ${formatBytes(tree.bytes, "en")}${leftOut}`;
}

function toFailure(folder: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof Problem) throw new Failure(lineOfProblem(error.toData()), EXIT.failed, { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new Failure(`There is no folder ${folder}.`, EXIT.usage, { cause: error });
    throw error;
  };
}

const BOUNDARY = "landfall-upload-0f4b6f7d2a9c4e51";

async function upload(console: Console, file: string, report: (text: string) => void): Promise<UploadView> {
  const { size } = await stat(file);
  const head = Buffer.from(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${basename(file)}"\r\n` +
      "content-type: application/gzip\r\n\r\n",
  );
  const tail = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  async function* form() {
    let sent = 0;
    yield head;
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      sent += chunk.length;
      report(`${Math.floor((sent / size) * 100)} % of ${formatBytes(size, "en")}`);
      yield chunk;
    }
    yield tail;
  }
  const headers = {
    "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    "content-length": String(head.length + size + tail.length),
  };
  return console.send("/api/uploads", UploadView, () => {
    const body = Readable.toWeb(Readable.from(form(), { objectMode: false })) as ReadableStream<Uint8Array>;
    return { method: "POST", headers, body: body as BodyInit, duplex: "half" } as RequestInit;
  });
}
