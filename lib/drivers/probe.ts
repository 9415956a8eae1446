import type { Host } from "@/lib/hosts/host";
import { exchange } from "./http-exchange";
import { duration } from "./quantity";

const BODY_BYTES = 512;

export interface ProbeAnswer {
  /** 2xx. A redirect proves nothing about what it leads to, so it is not followed and not good. */
  ok: boolean;
  status: number | null;
  ms: number;
  /** The first 512 bytes. */
  body: string;
  /** Why there is no status. */
  error: string | null;
}

export interface ProbeRequest {
  address: { host?: string; port: number };
  path: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Asks once. Rejects only when the signal aborted it; no answer is an answer too. */
export async function probe(host: Host, { address, path, timeoutMs, signal }: ProbeRequest): Promise<ProbeAnswer> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  try {
    const headers = { host: `localhost:${address.port}`, "user-agent": "Landfall", accept: "*/*" };
    const { status, body } = await exchange(host, address, { path, headers, timeoutMs, signal, maxBytes: BODY_BYTES });
    return { ok: status >= 200 && status < 300, status, ms: elapsed(), body, error: null };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, status: null, ms: elapsed(), body: "", error: reasonOf(error, timeoutMs) };
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError") return `no answer within ${duration(timeoutMs)}`;
  return code ?? message;
}

/** "500 in 12 ms: database is away" — one line, whatever the body holds. */
export function describeProbe({ ok, status, ms, body, error }: ProbeAnswer): string {
  const answer = `${status ?? error} in ${duration(ms)}`;
  const text = body
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 200);
  return ok || text === "" ? answer : `${answer}: ${text}`;
}
