import { connect } from "node:tls";
import { type Fact, fact, verbatim } from "@/lib/contracts/fact";
import type { DeploymentSpec } from "@/lib/contracts/service";
import type { Host } from "@/lib/hosts/host";
import { exchange } from "./http-exchange";
import { duration } from "./quantity";

const BODY_BYTES = 512;

export interface ProbeAnswer {
  /**
   * 2xx, or a redirect where one is enough. Elsewhere a redirect is not healthy: it proves nothing about its
   * destination, and is not followed.
   */
  ok: boolean;
  status: number | null;
  ms: number;
  /** The first 512 bytes. */
  body: string;
  /** Where a redirect leads. */
  location: string | null;
  /** Why there is no status. */
  error: string | null;
}

export interface ProbeRequest {
  address: { host?: string; port: number };
  path: string;
  /** At the root of a service without a health check: it may lead to a sign-in or to a language. */
  takesRedirect?: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

type Checked = Pick<DeploymentSpec, "healthPath" | "healthPathChosen" | "health">;

/** What a release with this configuration is asked, before and after it is live. */
export function healthRequest({ healthPath: path, healthPathChosen, health }: Checked) {
  return { path, takesRedirect: healthPathChosen === false && path === "/", timeoutMs: health.requestTimeoutMs };
}

/** Sends one request. Rejects only when the signal aborts it; a missing answer is a result too. */
export async function probe(host: Host, request: ProbeRequest): Promise<ProbeAnswer> {
  const { address, path, takesRedirect, timeoutMs, signal } = request;
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  try {
    const headers = { host: `localhost:${address.port}`, "user-agent": "Landfall", accept: "*/*" };
    const answer = await exchange(host, address, { path, headers, timeoutMs, signal, maxBytes: BODY_BYTES });
    const { status, body } = answer;
    const location = status >= 300 && status < 400 ? (answer.headers.location ?? null) : null;
    const ok = status >= 200 && status < (takesRedirect ? 400 : 300);
    return { ok, status, ms: elapsed(), body, location, error: null };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, status: null, ms: elapsed(), body: "", location: null, error: reasonOf(error, timeoutMs) };
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError" || name === "AbortError") return `no answer within ${duration(timeoutMs)}`;
  return code ?? message;
}

/** Does the program at this address speak TLS? Explains why it did not answer HTTP. */
export async function speaksTls(
  host: Host,
  { address, timeoutMs, signal }: Omit<ProbeRequest, "path">,
): Promise<boolean> {
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
  try {
    const socket = await host.connect(address, limit);
    return await new Promise((resolve) => {
      const secured = connect({ socket, rejectUnauthorized: false });
      const answer = (isTls: boolean) => {
        secured.destroy();
        socket.destroy();
        resolve(isTls);
      };
      secured.once("secureConnect", () => answer(true)).once("error", () => answer(false));
      limit.addEventListener("abort", () => answer(false), { once: true });
    });
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** The answers of TLS servers to plain HTTP. */
const ASKED_FOR_TLS = /HTTP request (was sent )?to (an )?HTTPS (port|server)|speaking plain HTTP to an SSL-enabled/i;

/** True for an HTTP answer that says that this port speaks TLS. */
export function asksForTls({ status, body }: ProbeAnswer): boolean {
  return status === 400 && ASKED_FOR_TLS.test(body);
}

/** "500 in 12 ms: database is away", "301 in 3 ms: to /login" — always one line, whatever the body contains. */
export function describeProbe({ status, ms, error, ...answer }: ProbeAnswer): string {
  const said = saidIn(answer);
  return `${status ?? error} in ${duration(ms)}${said === "" ? "" : `: ${said}`}`;
}

/** The same as facts, for the page of a deployment. */
export function probeFacts({ status, ms: took, ...answer }: ProbeAnswer): Fact[] {
  const said = saidIn(answer);
  const answered = status === null ? fact("unanswered", { took }) : fact("answered", { status, took });
  return [answered, ...(said === "" ? [] : [verbatim(said)])];
}

/** The text of an unhealthy answer, in one line. */
function saidIn({ ok, body, location }: Pick<ProbeAnswer, "ok" | "body" | "location">): string {
  if (ok) return "";
  const text = location === null ? body : `to ${location}`;
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 200);
}
