import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/** Node gives a whole request five minutes, which a large archive over a slow line does not keep to. */
const UPLOAD_TIMEOUT_MS = 60 * 60_000;

/**
 * Lets requests of this process's HTTP servers take as long as an upload may. Next makes its server itself and has no
 * setting for this; Node tells of the server with the first request. Headers keep their own, short limit.
 */
export function allowLongUploads(): void {
  subscribe("http.server.request.start", (message) => {
    const { server } = message as { server: Server };
    server.requestTimeout = UPLOAD_TIMEOUT_MS;
  });
}
