import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, failure, send, unauthorized } from "./answer";
import { ApiError } from "./api-error";
import type { Fault } from "./faults";
import type { Version } from "./version";

const SLOW_MS = 2_000;
const HTML = { "content-type": "text/html" };

/** The replacement for an answer; undefined where the fault has none. */
function insteadOf(fault: Fault, path: string, version: Version): Answer | undefined {
  switch (fault.kind) {
    case "500":
      return failure(new ApiError("INTERNAL_SERVER_ERROR", "Internal server error"), path, version);
    case "429": {
      const headers = fault.retryAfterS === undefined ? undefined : { "retry-after": String(fault.retryAfterS) };
      return { status: 429, headers: { "content-type": "text/plain", ...headers }, body: "Too Many Requests" };
    }
    case "502-html":
      return { status: 502, headers: HTML, body: "<html><body><h1>502 Bad Gateway</h1></body></html>" };
    case "200-html":
      return { status: 200, headers: HTML, body: "<!doctype html><html><body><h1>Sign in</h1></body></html>" };
    case "unauthorized":
      return unauthorized();
    default:
      return undefined;
  }
}

/** Applies the fault. Returns what the caller got, or undefined when the real answer should still be sent. */
export async function breakAnswer(
  response: ServerResponse,
  fault: Fault,
  path: string,
  version: Version,
): Promise<number | "hang" | "reset" | undefined> {
  if (fault.kind === "hang") return "hang";
  if (fault.kind === "reset") {
    response.socket?.resetAndDestroy();
    return "reset";
  }
  if (fault.kind === "slow") {
    await (fault.until ?? sleep(fault.delayMs ?? SLOW_MS, undefined, { ref: false }));
    return undefined;
  }
  const answer = insteadOf(fault, path, version);
  if (!answer) return undefined;
  send(response, answer);
  return answer.status;
}
