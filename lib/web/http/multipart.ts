import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import busboy, { type Busboy } from "busboy";
import { Problem } from "@/lib/contracts/problem";

interface IncomingFile {
  fileName: string;
  /** Readable once, as it arrives, with only a buffer in memory. Throws `malformed-form` when it breaks off. */
  content: AsyncIterable<Uint8Array>;
}

/** Other fields are skipped; no form needs many. */
const LIMITS = { parts: 20 };

/**
 * The file in `field` of a multipart/form-data request, before all of it has arrived. Throws `malformed-form` for a
 * body that is no such form, and `invalid-request` for a form without the file.
 */
export async function fileOf(request: Request, field: string): Promise<IncomingFile> {
  const form = hearErrors(parserFor(request));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingFile>();
  form.on("file", (name, stream, { filename }) => {
    hearErrors(stream);
    if (name === field) resolve({ fileName: filename, content: contentOf(stream) });
    else stream.resume();
  });
  const source = request.body ? Readable.fromWeb(request.body as ReadableStream) : Readable.from([]);
  pipeline(source, form).then(
    () => reject(noFile(field)),
    (cause) => reject(malformed(cause)),
  );
  return promise;
}

function parserFor(request: Request): Busboy {
  const type = request.headers.get("content-type") ?? "";
  try {
    return busboy({ headers: { "content-type": type }, limits: LIMITS, defParamCharset: "utf8" });
  } catch (cause) {
    throw malformed(cause);
  }
}

/**
 * When the reader stops early, the rest is drained instead of closing the connection: a browser that is still sending
 * would never see the response.
 */
async function* contentOf(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw malformed(cause);
  } finally {
    stream.resume();
  }
}

/** It may fail without a reader, and an unhandled error ends the process. A later reader still gets the error. */
function hearErrors<T extends Writable | Readable>(stream: T): T {
  stream.on("error", () => {});
  return stream;
}

function malformed(cause: unknown): Problem {
  return new Problem("malformed-form", { cause });
}

function noFile(field: string): Problem {
  return new Problem("invalid-request", { fields: [{ path: [field], code: "required", message: "required" }] });
}
