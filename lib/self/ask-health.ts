import { connect as connectTls } from "node:tls";
import * as z from "zod";
import { exchange } from "@/lib/drivers/http-exchange";
import type { Host } from "@/lib/hosts/host";

/** The part of /api/health that proves who answered, and how. */
export interface HealthAnswer {
  ok: boolean;
  /** "503", "ECONNREFUSED": for people. */
  said: string;
  version: string | null;
  /** When the process that answered was started, by its own clock; two processes never share it. */
  bornMs: number | null;
}

const Report = z.object({ version: z.string(), uptime: z.number(), timestamp: z.coerce.date() });
const PATH = "/api/health";
/** As long as the image's own health check waits. */
const TIMEOUT_MS = 10_000;
/** Between the two clocks of one answer: they are read one after the other, in whole milliseconds. */
const SAME_BIRTH_MS = 1_000;

export interface HealthRequest {
  address: { host: string; port: number };
  /** Asked by TLS under this name. Who signed its certificate is not the question: the server asks itself. */
  tlsName?: string;
  signal: AbortSignal;
}

/** Asks once, as seen from the host. Rejects only when the signal aborted it; no answer is an answer too. */
export async function askHealth(host: Host, { address, tlsName, signal }: HealthRequest): Promise<HealthAnswer> {
  const connect = tlsName === undefined ? host : { connect: connectByTls(host, tlsName) };
  try {
    const options = { path: PATH, headers: { host: tlsName ?? "localhost" }, timeoutMs: TIMEOUT_MS, signal };
    const { status, body } = await exchange(connect, address, options);
    return { ok: status === 200, said: String(status), ...factsOf(body) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, name, message } = error as NodeJS.ErrnoException;
    const said = name === "TimeoutError" ? `no answer within ${TIMEOUT_MS / 1_000} s` : (code ?? message);
    return { ok: false, said, version: null, bornMs: null };
  }
}

export function isSameProcess(a: HealthAnswer, b: HealthAnswer): boolean {
  return a.bornMs !== null && b.bornMs !== null && Math.abs(a.bornMs - b.bornMs) < SAME_BIRTH_MS;
}

function connectByTls(host: Host, servername: string): Host["connect"] {
  return async (to, signal) => {
    const socket = await host.connect(to, signal);
    const secured = connectTls({ socket, servername, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    return new Promise((resolve, reject) => {
      secured.once("error", reject);
      secured.once("secureConnect", () => resolve(secured));
    });
  };
}

function factsOf(body: string): Pick<HealthAnswer, "version" | "bornMs"> {
  try {
    const { version, uptime, timestamp } = Report.parse(JSON.parse(body));
    return { version, bornMs: timestamp.getTime() - uptime * 1_000 };
  } catch {
    return { version: null, bornMs: null }; // an answer of something else, or an error page
  }
}
