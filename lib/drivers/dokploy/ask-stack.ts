import { type LookupOptions, lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { TLSSocket } from "node:tls";
import { stackUrl } from "@/lib/contracts/stack";
import { isMetadata } from "@/lib/hosts/inward-address";
import type { ProbeAnswer } from "../probe";
import { duration } from "../quantity";
import type { DokployAccess } from "./context";
import { domainOf } from "./domain";

const BODY_BYTES = 512;

export interface StackAnswer extends ProbeAnswer {
  path: string;
  /** The domain does not resolve on the machine of Landfall. */
  isUnresolved: boolean;
  /** Browsers would warn: the certificate is not issued yet, or never will be. */
  hasBadCertificate: boolean;
}

interface StackRequest {
  address: StackAddress;
  path: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Sends one request to the stack's public address. No answer is a result; rejects only when the signal aborts. */
export async function askStack({ address, path, timeoutMs, signal }: StackRequest): Promise<StackAnswer> {
  const started = performance.now();
  const base = { path, location: null, isUnresolved: false, hasBadCertificate: false };
  try {
    const answer = await ask(address, path, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    const status = answer.statusCode ?? 0;
    const body = await startOf(answer);
    const { socket } = answer;
    const hasBadCertificate = socket instanceof TLSSocket && !socket.authorized;
    answer.destroy();
    // A redirect is a good answer: most stacks redirect requests without a session to their sign-in.
    const ok = status >= 200 && status < 400;
    return { ...base, ok, status, ms: performance.now() - started, body, error: null, hasBadCertificate };
  } catch (error) {
    signal.throwIfAborted();
    const { code, name, message } = error as NodeJS.ErrnoException;
    const isLate = name === "TimeoutError" || name === "AbortError";
    const reason = isLate ? `no answer within ${duration(timeoutMs)}` : (code ?? message);
    const isUnresolved = code === "ENOTFOUND" || code === "EAI_AGAIN";
    return { ...base, ok: false, status: null, ms: performance.now() - started, body: "", error: reason, isUnresolved };
  }
}

function ask({ host, port, https }: StackAddress, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      path,
      signal,
      agent: false as const,
      headers: { "user-agent": "Landfall", accept: "*/*" },
      lookup: isLoopbackName(host) ? loopback : lookupOutward,
    };
    const asked = https ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    asked.once("response", resolve).once("error", reject);
    // An upgrade is an answer. Without a listener Node ends such a request silently.
    asked.once("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(answer);
    });
    asked.end();
  });
}

async function startOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8") as AsyncIterable<string>) {
    text += chunk;
    if (text.length >= BODY_BYTES) break;
  }
  return text.slice(0, BODY_BYTES);
}

/**
 * Resolves a domain once for the connection, and refuses one that resolves to a metadata or link-local address. An
 * administrator sets the suffix of a stack's domain, but a member chooses its first label, and under a public wildcard such
 * as sslip.io that label is the address. Loopback is allowed: the platform may be on this machine.
 */
export function lookupOutward(
  name: string,
  options: LookupOptions,
  callback: Parameters<LookupFunction>[2],
  resolve: typeof lookup = lookup,
): void {
  resolve(name, { ...options, all: true }, (error, found) => {
    const inward = found?.find(({ address }) => isMetadata(address));
    const refused = inward && Object.assign(new Error(`${name} leads to ${inward.address}`), { code: "EPERM" });
    const [first] = found ?? [];
    if (error || refused || !first) callback(error ?? refused ?? new Error(`${name} has no address`), []);
    else if (options.all) callback(null, found);
    else callback(null, first.address, first.family);
  });
}

/** These names always mean this machine (RFC 6761), but not every system's resolver knows it. */
function isLoopbackName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

const loopback: LookupFunction = (_, options, callback) => {
  if (options.all) callback(null, [{ address: "127.0.0.1", family: 4 }]);
  else callback(null, "127.0.0.1", 4);
};

/** The public address of a stack: its domain, at a port of the server's proxy. */
export interface StackAddress {
  url: string;
  host: string;
  port: number;
  https: boolean;
}

/** Throws settings-invalid for a spec without a domain. */
export function stackAddress(
  spec: Parameters<typeof domainOf>[0],
  proxyPorts: DokployAccess["proxyPorts"],
): StackAddress {
  const { host, https } = domainOf(spec);
  return {
    host,
    port: https ? proxyPorts.httpsPort : proxyPorts.httpPort,
    https,
    url: stackUrl({ domain: host, https }, proxyPorts),
  };
}
