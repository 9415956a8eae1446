import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Host } from "@/lib/hosts/host";

export interface ExchangeOptions {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** The rest of a longer answer is not waited for. */
  maxBytes?: number;
}

export interface ExchangeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** What came after the body; Caddy says its ETag there. */
  trailers: NodeJS.Dict<string>;
  body: string;
}

/**
 * One HTTP request over a connection that the host opens, so that it is asked as seen from there. No redirects. Rejects with
 * a `TimeoutError` when the answer is not whole in time, and with the signal's own reason when that ends it.
 */
export async function exchange(
  host: Pick<Host, "connect">,
  to: Parameters<Host["connect"]>[0],
  options: ExchangeOptions,
): Promise<ExchangeAnswer> {
  const limits = [AbortSignal.timeout(options.timeoutMs), ...(options.signal ? [options.signal] : [])];
  const signal = AbortSignal.any(limits);
  const connection = await host.connect(to, signal);
  const { method, path, headers } = options;
  return new Promise((resolve, rejectWith) => {
    // Node says of either only that it was aborted.
    const reject = (error: unknown) => rejectWith(signal.aborted ? signal.reason : error);
    const asked = request({
      method,
      path,
      headers: { host: "localhost", connection: "close", ...headers },
      signal,
      // Node's types ask for a Socket; any duplex stream will do, and over SSH it is one.
      createConnection: () => connection as Socket,
    });
    asked.once("error", reject);
    // Who answers that another protocol follows has answered. Without a listener Node ends such a request without a word.
    asked.once("upgrade", ({ statusCode: status = 0, headers }) => {
      connection.destroy();
      resolve({ status, headers, trailers: {}, body: "" });
    });
    asked.once("response", (answer) => {
      bodyOf(answer, options.maxBytes ?? Number.POSITIVE_INFINITY)
        .then((body) => {
          const { statusCode: status = 0, headers, trailers } = answer;
          resolve({ status, headers, trailers, body });
        }, reject)
        .finally(() => connection.destroy());
    });
    asked.end(options.body);
  });
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}
