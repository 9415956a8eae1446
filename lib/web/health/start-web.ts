import { announceProcess } from "@/lib/platform/announce-process";
import { retryTransient } from "@/lib/platform/db/transient";
import { forgetSecrets } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { startTracing, stopTracing } from "@/lib/platform/tracing";
import { markPeers } from "@/lib/web/auth/client-address";
import { guardServers } from "@/lib/web/http/server-gate";
import { startHealthMonitor } from "./monitor";

/** How long a web process that started before its database keeps trying to announce itself. */
const START_PATIENCE_MS = 10 * 60_000;

/** The background work of a web process: it monitors its health and announces itself. */
export function startWeb(): void {
  markPeers();
  guardServers();
  startHealthMonitor();
  startTracing("web")
    .catch((error: unknown) => log.error({ err: error }, "spans cannot be sent"))
    .finally(() => forgetSecrets());
  retryTransient(() => announceProcess("web"), { patienceMs: START_PATIENCE_MS })
    .then((self) => {
      const stop = () =>
        void Promise.all([self.stop(), stopTracing()]).catch((error: unknown) =>
          log.warn({ err: error }, "this process did not end in order; its row stays until it is forgotten"),
        );
      process.once("SIGTERM", stop);
      process.once("SIGINT", stop);
      log.info({ processId: self.id, pid: process.pid }, "web ready");
    })
    .catch((error: unknown) => log.error({ err: error }, "this process could not say that it is there"));
}
