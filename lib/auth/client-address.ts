/**
 * The address a request came from. The nearest proxy appends to X-Forwarded-For what it saw, and Next puts the socket's
 * address there when nobody did; what stands before the last entry was written by the client and proves nothing.
 */
export function clientAddress(headers: Pick<Headers, "get">): string {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return last ? last.replace(/^::ffff:/, "").slice(0, 64) : "unknown";
}
