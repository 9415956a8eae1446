import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import busboy, { type Busboy } from "busboy";
import { Problem } from "@/lib/contracts/problem";

interface IncomingFile {
  fileName: string;
  /** Once, as it arrives; never more of it in memory than what is on its way. Throws `malformed-form` when it breaks off. */
  content: AsyncIterable<Uint8Array>;
}

/** Other fields are read over; nobody needs many. */
const LIMITS = { parts: 20 };

/**
 * The file that a multipart/form-data request holds in `field`, before all of it has arrived. Throws `malformed-form`
 * for a body that is no such form, and `invalid-request` for a form without the file.
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
 * Whoever stops early leaves the rest to be read over and not the connection to be cut: a browser that is still sending
 * would never see the answer.
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

/** It may break off while nobody reads it, and an error that nobody hears ends the process. Whoever reads it later is told. */
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
