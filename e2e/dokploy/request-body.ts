import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error";

const LIMIT_BYTES = 1024 * 1024;

/** An answer that is not JSON and has no content type. */
export class PlainAnswer extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(text);
  }
}

/** The whole body, or PlainAnswer 413. A body that is too long is still read, so that the client reads the answer. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= LIMIT_BYTES) chunks.push(chunk);
  }
  if (size > LIMIT_BYTES) throw new PlainAnswer(413, "Body exceeded 1mb limit");
  return Buffer.concat(chunks).toString();
}

/** The input of a mutation: always an object, whatever was sent. */
export function parseBody(body: string, contentType: string | undefined): unknown {
  if (contentType === undefined) throw new ApiError("UNSUPPORTED_MEDIA_TYPE", "Missing content-type header");
  if (!contentType.startsWith("application/json"))
    throw new ApiError("UNSUPPORTED_MEDIA_TYPE", `Unsupported content-type "${contentType}`);
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    return Array.isArray(value) || typeof value !== "object" || value === null ? {} : value;
  } catch {
    throw new PlainAnswer(400, "Invalid JSON");
  }
}
