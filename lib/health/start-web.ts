import { retryTransient } from "@/lib/db/retry-transient";
import { forgetSecrets } from "@/lib/env";
import { markPeers } from "@/lib/http/peer";
import { guardServers } from "@/lib/http/server-gate";
import { log } from "@/lib/log";
import { startTracing, stopTracing } from "@/lib/tracing";
import { announceProcess } from "./announce-process";
import { startHealthMonitor } from "./monitor";

/** How long a web process that started before its database goes on trying to say so. */
const START_PATIENCE_MS = 10 * 60_000;

/** What a web process does besides answering requests: it looks after its own health, and says that it is there. */
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
