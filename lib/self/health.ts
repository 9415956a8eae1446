import { connect as connectTls } from "node:tls";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { exchange } from "@/lib/drivers/http-exchange";
import type { Host } from "@/lib/hosts/host";

/** The part of /api/health that identifies the process that answered, and its result. */
export interface HealthAnswer {
  ok: boolean;
  /** The status or error, for people: "503", "ECONNREFUSED". */
  said: string;
  version: string | null;
  /** When the answering process was started, by its own clock; no two processes share it. */
  bornMs: number | null;
}

const Report = z.object({ version: z.string(), uptime: z.number(), timestamp: z.coerce.date() });
const PATH = "/api/health";
/** The same as in the image's own health check. */
const HEALTH_TIMEOUT_MS = 10_000;
/** The tolerance for two values of one answer that are read one after the other. */
const SAME_BIRTH_MS = 1_000;

export interface HealthRequest {
  address: { host: string; port: number };
  /** Uses TLS with this name. The certificate is not checked, because the server connects to itself. */
  tlsName?: string;
  signal: AbortSignal;
}

/** Sends one request from the host. Rejects only if the signal aborts; no answer is a result too. */
export async function askHealth(host: Host, { address, tlsName, signal }: HealthRequest): Promise<HealthAnswer> {
  const connect = tlsName === undefined ? host : { connect: connectByTls(host, tlsName) };
  try {
    const options = { path: PATH, headers: { host: tlsName ?? "localhost" }, timeoutMs: HEALTH_TIMEOUT_MS, signal };
    const { status, body } = await exchange(connect, address, options);
    return { ok: status === 200, said: String(status), ...factsOf(body) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, name, message } = error as NodeJS.ErrnoException;
    const said = name === "TimeoutError" ? `no answer within ${HEALTH_TIMEOUT_MS / 1_000} s` : (code ?? message);
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
    return { version: null, bornMs: null }; // another server's answer, or an error page
  }
}

/** The first page that people open, and the most frequent request. */
const PATHS = ["/sign-in", "/api/health"];
/** A new server compiles code while it answers: the first page takes ten times as long as the hundredth. */
const ROUNDS = 100;
const AT_A_TIME = 4;
/** On a small server that has just started all of Landfall, the first page can take long. */
const PAGE_TIMEOUT_MS = 30_000;

/**
 * Requests pages until the new server is as fast as the current one, so that no one waits for a cold server. Throws
 * `health-failed` for the first page that fails.
 */
export async function warmUp(host: Host, address: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  let left = ROUNDS;
  const askOn = async () => {
    while (left-- > 0) for (const path of PATHS) await askFor(path);
  };
  const askFor = async (path: string) => {
    const options = { path, headers: { host: "localhost" }, timeoutMs: PAGE_TIMEOUT_MS, signal };
    const { status } = await exchange(host, address, options).catch((cause: unknown) => {
      signal.throwIfAborted();
      const said = cause instanceof Error ? cause.message : String(cause);
      const late = cause instanceof Error && cause.name === "TimeoutError";
      const detail = `${path}: ${late ? `no answer within ${PAGE_TIMEOUT_MS / 1_000} s` : said}`;
      throw new Problem("health-failed", { params: { path }, detail, cause });
    });
    if (status !== 200) throw new Problem("health-failed", { params: { path, status } });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, askOn));
}
