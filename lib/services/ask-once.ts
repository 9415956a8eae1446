import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import type { HealthProbe } from "@/lib/contracts/health-check";
import type { Host } from "@/lib/hosts/host";

const BODY_BYTES = 1_024;

interface Question {
  port: number;
  path: string;
  timeoutMs: number;
}
type Answer = Pick<HealthProbe, "ok" | "status" | "bodyStart" | "error">;

/** One GET to a port of a host, as seen from the host; redirects are answers, and whatever happens is told. */
export async function askOnce(host: Pick<Host, "connect">, { port, path, timeoutMs }: Question): Promise<HealthProbe> {
  const at = new Date().toISOString();
  const startedMs = performance.now();
  const answer = await answerOf(host, { port, path, timeoutMs });
  return { at, port, path, durationMs: Math.round((performance.now() - startedMs) * 10) / 10, ...answer };
}

async function answerOf(host: Pick<Host, "connect">, { port, path, timeoutMs }: Question): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  let connection: Duplex | undefined;
  try {
    connection = await host.connect({ port }, signal);
    const response = await send(connection, { port, path }, signal);
    const status = response.statusCode ?? 0;
    return { ok: status >= 200 && status < 300, status, bodyStart: await bodyStart(response), error: null };
  } catch (error) {
    return { ok: false, status: null, bodyStart: null, error: signal.aborted ? "TIMEOUT" : codeOf(error) };
  } finally {
    connection?.destroy();
  }
}

function send(
  connection: Duplex,
  { port, path }: Pick<Question, "port" | "path">,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host: `localhost:${port}`, "user-agent": "landfall", connection: "close" };
    request({ path, headers, signal, createConnection: () => connection }, resolve)
      .on("error", reject)
      .end();
  });
}

/** Stops reading where it has seen enough: an endpoint that streams for ever is no reason to. */
async function bodyStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES).toString("utf8");
}

/** The innermost code tells the most: a Problem of the host wraps the system's error. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return codeOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
