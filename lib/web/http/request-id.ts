import { randomUUID } from "node:crypto";

/** The request's id in its response, the log and the audit trail; a proxy in front may have set it. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}
