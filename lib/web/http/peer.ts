import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { PEER_HEADER } from "@/lib/web/auth/client-address";

/**
 * Routes see headers and no socket, and a client may write what it likes into X-Forwarded-For where no proxy stands
 * before us. So every request of this process carries who is at the other end of its socket, in place of whatever the
 * client sent by that name. Node tells of a request before Next sees it.
 */
export function markPeers(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? "unknown";
  });
}

/** Who holds the other end of the socket: a client, or the proxy before us. Undefined for a request that nobody marked. */
export function peerOf(headers: Pick<Headers, "get">): string | undefined {
  return headers.get(PEER_HEADER) ?? undefined;
}
