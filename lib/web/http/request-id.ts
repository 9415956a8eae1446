import { randomUUID } from "node:crypto";

/** One number for a request in its answer, in the log and in the audit trail; a proxy before us may have given it. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}
