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
  /** The body is cut after this many bytes. */
  maxBytes?: number;
}

export interface ExchangeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Caddy sends its ETag here. */
  trailers: NodeJS.Dict<string>;
  body: string;
}

/**
 * One HTTP request over a connection that the host opens. Follows no redirects. Rejects with a `TimeoutError` when the
 * answer is not complete in time, and with the signal's reason when the signal aborts it.
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
    // Node reports both only as aborted.
    const reject = (error: unknown) => rejectWith(signal.aborted ? signal.reason : error);
    const asked = request({
      method,
      path,
      headers: { host: "localhost", connection: "close", ...headers },
      signal,
      // Node's types ask for a Socket, but any duplex stream works; over SSH it is a duplex.
      createConnection: () => connection as Socket,
    });
    asked.once("error", reject);
    // A switch to another protocol is an answer too. Without a listener Node closes such a request silently.
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
