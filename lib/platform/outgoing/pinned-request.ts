import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";

export interface PinnedRequest {
  /** The checked address: the connection goes there, even if the name resolves to another address by then. */
  connectTo: string;
  method?: "GET" | "POST";
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** How long the other side may send nothing. */
  silenceMs: number;
  signal?: AbortSignal;
}

/**
 * One HTTP request to an address that a person or another server chose. The certificate must still match the name. A
 * redirect is not followed: its target was not checked. Rejects without a response; any status is a response.
 */
export async function requestPinned(url: URL, options: PinnedRequest): Promise<IncomingMessage> {
  const { connectTo, method = "GET", body, silenceMs, signal } = options;
  const family = isIP(connectTo);
  if (family === 0) throw new RangeError(`${connectTo} is no address`);
  const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
    method,
    agent: false,
    headers: { ...options.headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) },
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address: connectTo, family }]) : done(null, connectTo, family),
    timeout: silenceMs,
    ...(signal && { signal }),
  });
  request.once("timeout", () => request.destroy(new Error(`${url.hostname} was silent for ${silenceMs / 1_000} s`)));
  return new Promise((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
    request.end(body);
  });
}

/** The whole of a small response. More than `most` bytes close the connection. */
export async function readAtMost(response: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) {
      response.destroy();
      throw new Error(`the answer is larger than ${most} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
