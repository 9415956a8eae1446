import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";

export interface PinnedRequest {
  /** The address that was checked: the connection goes there, whatever a resolver says of the name by then. */
  connectTo: string;
  method?: "GET" | "POST";
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** How long the other side may be silent. */
  silenceMs: number;
  signal?: AbortSignal;
}

/**
 * One HTTP request to an address that a person or another server named. The certificate is still the name's. No redirect
 * is followed: it would lead where nobody has looked. Rejects when there is no answer; any status is one.
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

/** All of an answer that is small: the rest is not read. Bytes beyond `most` end the connection. */
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
