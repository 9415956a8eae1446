import { createWriteStream, openAsBlob } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { S3mini } from "s3mini";
import { Problem } from "@/lib/contracts/problem";
import {
  type BackupStorage,
  ENDING,
  missing,
  type StoredArchive,
  SUM_ENDING,
  storageFailed,
  sumIn,
  sumLine,
} from "./storage";

interface S3Settings {
  endpoint: string;
  bucket: string;
  region: string;
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Any S3-compatible server (path style). Large archives are uploaded in parts and downloaded as a stream. */
export function s3Storage({
  endpoint,
  bucket,
  region,
  prefix,
  accessKeyId,
  secretAccessKey,
}: S3Settings): BackupStorage {
  const address = `${endpoint.replace(/\/+$/, "")}/${bucket}`;
  const s3 = new S3mini({ accessKeyId, secretAccessKey, region, endpoint: address });
  const keyOf = (name: string) => `${prefix}${name}${ENDING}`;
  const sumOf = (name: string) => `${prefix}${name}${SUM_ENDING}`;
  const place = `s3://${bucket}/${prefix}`;
  const said = <T>(work: () => Promise<T>) => work().catch((error: unknown) => explain(error, place));
  return {
    kind: "s3",
    place,
    list: () => said(async () => toArchives((await s3.listObjects("/", prefix)) ?? [], prefix)),
    put: (name, file, sha256) =>
      said(async () => {
        await s3.putObject(sumOf(name), sumLine(name, sha256), "text/plain");
        await s3.putAnyObject(keyOf(name), await openAsBlob(file), "application/gzip");
      }),
    fetch: (name, folder) =>
      said(async () => {
        const answer = await s3.getObjectResponse(keyOf(name));
        if (!answer?.body) throw missing(name);
        const file = join(folder, `${name}${ENDING}`);
        await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(file, { mode: 0o600 }));
        return { file, sha256: sumIn((await s3.getObject(sumOf(name))) ?? "") };
      }),
    remove: (name) =>
      said(async () => {
        await s3.deleteObject(keyOf(name));
        await s3.deleteObject(sumOf(name));
      }),
  };
}

interface Listed {
  Key: string;
  Size: number;
  LastModified: Date | string;
}

function toArchives(objects: readonly Listed[], prefix: string): StoredArchive[] {
  return objects
    .filter(({ Key }) => Key.startsWith(prefix) && Key.endsWith(ENDING))
    .map(({ Key, Size, LastModified }) => ({
      name: Key.slice(prefix.length, -ENDING.length),
      bytes: Number(Size),
      storedAt: new Date(LastModified),
    }));
}

/** The library's errors contain the response's text, never a key. */
function explain(error: unknown, place: string): never {
  if (error instanceof Problem) throw error;
  throw storageFailed(`${place}: ${error instanceof Error ? error.message : String(error)}`, error);
}
