/* The second process: takes deployments from the queue and runs them. Any number can run, on any machines. */

import { tallyDurations } from "@/lib/engine/tally-durations";
import { announceProcess, chooseSealFormat } from "@/lib/platform/announce-process";
import { db, disconnect } from "@/lib/platform/db/client";
import { stopListening } from "@/lib/platform/db/listen";
import { retryTransient } from "@/lib/platform/db/transient";
import { env, forgetSecrets } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";
import { startDispatcher } from "@/lib/platform/outbox/outbox";
import { queue } from "@/lib/platform/queue/boss";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { startTracing, stopTracing } from "@/lib/platform/tracing";
import { ensureEnvironmentTemplate } from "@/lib/services/templates/ensure-environment-template";
import { ensureEnvironmentDokploy, ensureEnvironmentTarget, ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { deploymentQueue } from "@/lib/targets/registry";
import { startBackgroundWork } from "./background";
import { SUBSCRIBERS } from "./subscribers";
import { workBackups } from "./work-backups";
import { workDeployments } from "./work-deployments";

/** How long a start waits for an unavailable database. */
const START_PATIENCE_MS = 60_000;
/** Afterwards, work that still runs is left to the worker that takes over. */
const STOP_PATIENCE_MS = 20_000;

async function main(): Promise<void> {
  await retryTransient(() => db.$queryRaw`SELECT 1`, { patienceMs: START_PATIENCE_MS });
  await chooseSealFormat();
  const here = env.LANDFALL_THIS_MACHINE ? await ensureLocalTarget() : null;
  await ensureEnvironmentTarget();
  await ensureEnvironmentDokploy();
  await ensureEnvironmentTemplate();
  await startTracing("worker");
  forgetSecrets();
  const self = await announceProcess("worker");
  const boss = await queue("worker");
  const queues = here ? [ANY_WORKER, deploymentQueue(here)] : [ANY_WORKER];
  const deployments = await workDeployments(boss, queues, self.id);
  const backups = await workBackups(boss);
  const dispatcher = await startDispatcher(boss, SUBSCRIBERS);
  await tallyDurations(); // deployments that ended in a version without the outbox
  const stopBackground = startBackgroundWork(here);
  log.info({ workerId: self.id, pid: process.pid }, "worker ready");

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "worker stopping");
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    stopBackground();
    await Promise.all([deployments.stop(), backups.stop(), dispatcher.stop()]);
    await boss.stop({ graceful: true, timeout: 5_000 });
    await self.stop();
    await stopTracing();
    await stopListening();
    await disconnect();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.error({ err: error }, "the worker could not stop in order");
        process.exit(1);
      });
    });
  }
}

main().catch((error: unknown) => {
  log.fatal({ err: error }, "the worker could not start");
  process.exit(1);
});
