import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Problem } from "@/lib/contracts/problem";
import { isPrivate, whyRefused } from "@/lib/hosts/inward-address";
import { env } from "@/lib/platform/env";
import { readAtMost, requestPinned } from "@/lib/platform/outgoing/pinned-request";
import type { SendContext } from "./channel";

/** How long the other side may say nothing. */
export const SILENCE_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;

/**
 * The IP address to which a connection is then pinned. A member's channel reaches only public addresses, an
 * administrator's private networks too. None reaches this machine, at which services trust their callers, or a cloud's
 * metadata. What is not encrypted stays in a private network. LANDFALL_NOTIFICATION_HOSTS names exceptions.
 */
export async function pinnedAddress(
  host: string,
  { port, isAdministrator, isEncrypted }: { port: number; isAdministrator: boolean; isEncrypted: boolean },
): Promise<string> {
  const isNamed = env.LANDFALL_NOTIFICATION_HOSTS.some((name) => name === host || name === `${host}:${port}`);
  const addresses = await addressesOf(host);
  const [first] = addresses;
  if (first === undefined) throw new Problem("channel-unreachable", { params: { host } });
  const reason = whyRefused(host, addresses, { mayBePrivate: isAdministrator || isNamed, mayBeConsole: isNamed });
  if (reason !== null) throw new Problem("channel-address-refused", { params: { host, reason } });
  if (!isEncrypted && !isNamed && !addresses.every(isPrivate))
    throw new Problem("channel-address-refused", { params: { host, reason: "plain" } });
  return first;
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const name = host.replace(/^\[|\]$/g, "");
  if (isIP(name) !== 0) return [name];
  const found = await lookup(name, { all: true }).catch((cause: unknown) => {
    throw new Problem("channel-unreachable", { params: { host }, detail: `could not resolve ${host}`, cause });
  });
  return found.map(({ address }) => address);
}

/** Posts JSON and returns the answer's text. A redirect is not followed: it would get the secrets of the request. */
export async function postJson(
  address: string | URL,
  { headers, body }: { headers?: Readonly<Record<string, string>>; body: string },
  { isAdministrator, signal }: Pick<SendContext, "isAdministrator" | "signal">,
): Promise<string> {
  const url = new URL(address);
  const isEncrypted = url.protocol === "https:";
  const port = Number(url.port) || (isEncrypted ? 443 : 80);
  const connectTo = await pinnedAddress(url.hostname, { port, isAdministrator, isEncrypted });
  const { status, text } = await answerOf(url, { headers, body, connectTo, signal });
  if (status >= 200 && status < 300) return text;
  throw new Problem("channel-refused", { params: { host: url.host, status }, detail: text });
}

async function answerOf(
  url: URL,
  {
    headers,
    ...rest
  }: { headers: Readonly<Record<string, string>> | undefined; body: string; connectTo: string; signal: AbortSignal },
): Promise<{ status: number; text: string }> {
  try {
    const response = await requestPinned(url, {
      ...rest,
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "landfall", ...headers },
      silenceMs: SILENCE_MS,
    });
    return { status: response.statusCode ?? 0, text: (await readAtMost(response, ANSWER_BYTES)).toString() };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Problem("channel-unreachable", { params: { host: url.host }, detail, cause });
  }
}

/** `https://example.com/base/` and `message` as one address. A colon in the path does not begin another address. */
export function below(server: string, path: string): URL {
  return new URL(`./${path}`, server.endsWith("/") ? server : `${server}/`);
}
