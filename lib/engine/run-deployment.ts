import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "@/lib/drivers/driver";
import { commandsMs } from "@/lib/drivers/lifecycle/commands";
import { driverOf } from "@/lib/drivers/registry";
import { sayingSilence } from "@/lib/drivers/say-silence";
import { pruneReleases } from "@/lib/engine/releases/prune-releases";
import { releaseCommandsAfter } from "@/lib/engine/releases/release-store";
import { db } from "@/lib/platform/db/client";
import { isTransient } from "@/lib/platform/db/transient";
import { log, withLogContext } from "@/lib/platform/log";
import { createGrowingMask, createMask, type Mask } from "@/lib/platform/secrets/mask";
import { traced } from "@/lib/platform/tracing";
import { type ClaimedDeployment, claimDeployment } from "./claim-deployment";
import { endBrokenRun, finishDeployment, sayWhatIsLive } from "./finish-deployment";
import { Journal } from "./journal";
import { toPhaseRow } from "./journal-store";
import { createContexts, readEnvironment } from "./phase-context";
import { type Bracket, HandedOver, type Outcome, runPipeline, undoPipeline } from "./pipeline";
import { RunSignals } from "./run-signals";

export interface RunControl {
  workerId: string;
  /** Aborts when this worker stops or lost its claim: the run ends here and another worker continues it. */
  handOver: AbortSignal;
  /** Gives the caller a function that cancels the run for a person; it can be called repeatedly. */
  onStart: (deploymentId: string, cancel: () => void) => void;
}

/**
 * Handles one turn of a service. Resolves when a deployment has ended (or there was none to run), or with `busy` when
 * its target has no free slot. Rejects with HandedOver, or with the error of an unavailable database, when another
 * worker has to continue. Any other error ends the deployment, because it would fail for the next worker too.
 */
export async function runDeployment(serviceId: string, control: RunControl): Promise<"ended" | "busy"> {
  try {
    return await claimAndRun(serviceId, control);
  } catch (error) {
    if (error instanceof HandedOver || control.handOver.aborted || isTransient(error)) throw error;
    await endBrokenRun(serviceId, control.workerId, error);
    return "ended";
  }
}

async function claimAndRun(serviceId: string, control: RunControl): Promise<"ended" | "busy"> {
  const claim = await claimDeployment(serviceId, control.workerId);
  if (claim.outcome !== "claimed") return claim.outcome === "busy" ? "busy" : "ended";
  const { deployment } = claim;
  const attributes = {
    "landfall.deployment_id": deployment.id,
    "landfall.service": deployment.service.name,
    "landfall.driver": deployment.driver,
    "landfall.kind": deployment.kind,
  };
  await withLogContext({ deploymentId: deployment.id }, () =>
    traced("deployment", { kind: "consumer", attributes }, async (span) => {
      const outcome = await runClaimed(deployment, control);
      span.set({ "landfall.outcome": outcome });
      if (outcome !== "succeeded") span.fail(outcome);
    }),
  );
  return "ended";
}

async function runClaimed(deployment: ClaimedDeployment, control: RunControl): Promise<Outcome> {
  const commandsTime = commandsMs(deployment.spec);
  const signals = new RunSignals(control.handOver, deployment.startedAt ?? new Date(), commandsTime);
  const { journal, walk, close } = await prepare(deployment, signals);
  control.onStart(deployment.id, () => signals.cancel());
  if (deployment.cancelRequestedAt) signals.cancel();
  try {
    if (deployment.kind === "rollback" && deployment.lastEvent <= 1) await sayWhatStays(deployment, journal);
    const outcome = await walk();
    if (outcome !== "succeeded") await sayWhatIsLive(deployment, journal);
    await finishDeployment(deployment, outcome, journal);
    if (outcome === "succeeded") await pruneReleases(deployment.serviceId);
    return outcome;
  } finally {
    signals.close();
    journal.close();
    await close();
  }
}

interface Prepared {
  journal: Journal;
  walk: () => Promise<Outcome>;
  close: () => Promise<void>;
}

async function prepare(deployment: ClaimedDeployment, signals: RunSignals): Promise<Prepared> {
  let ready: Awaited<ReturnType<typeof open>>;
  try {
    ready = await open(deployment, signals);
  } catch (error) {
    // This worker has begun no phase: it does not know the driver, or the environment is encrypted under another key.
    return refuse(deployment, error);
  }
  const { journal, phases, bracket, close } = ready;
  const walk = deployment.state === "undoing" ? undoPipeline : runPipeline;
  return { journal, close, walk: () => walk(phases, journal, bracket) };
}

async function open(deployment: ClaimedDeployment, signals: RunSignals) {
  const environment = await readEnvironment(deployment.spec);
  const secrets = createGrowingMask(Object.values(environment));
  const journal = openJournal(deployment, secrets.mask, () => signals.cancel());
  const contexts = await createContexts(deployment, { environment, journal, onSecret: secrets.add });
  const driver = driverOf(deployment.spec.driver);
  if (deployment.lastEvent <= 1) journal.begin();
  else if (deployment.state === "running") journal.takenOver();
  const bracket: Bracket = (phase, doing, work) =>
    withLogContext({ phase: phase.key }, () =>
      traced(`${doing} ${phase.key}`, {}, () =>
        signals.guard(phase, doing, (signal) => {
          const ctx = contexts.of(phase, signal);
          return isHostContext(ctx) ? sayingSilence(ctx, () => work(ctx)) : work(ctx);
        }),
      ),
    );
  const phases = deployment.kind === "removal" ? driver.removal : driver.phases;
  return { journal, bracket, phases, close: contexts.close };
}

/** A rollback restores no data: its log names the deployments whose release commands have changed some since its release. */
async function sayWhatStays({ serviceId, releaseId }: ClaimedDeployment, journal: Journal): Promise<void> {
  const release = releaseId && (await db.release.findUnique({ where: { id: releaseId } }));
  const ran = release ? await releaseCommandsAfter(serviceId, release.deploymentId) : [];
  if (ran.length === 0) return;
  const numbers = ran.map(({ deployment }) => `#${deployment.number}`).join(", ");
  journal.log(null, "i", `After this release a release command ran in ${numbers}: what it changed in data stays.`);
}

function isHostContext(ctx: PhaseContext<object>): ctx is PhaseContext {
  return "host" in ctx;
}

function refuse(deployment: ClaimedDeployment, error: unknown): Prepared {
  const journal = openJournal(deployment, createMask([]), () => {});
  const cause = error instanceof Problem ? error : new Problem("internal", { cause: error });
  if (cause === error) log.error({ err: error }, "the deployment could not be prepared");
  const begun = deployment.phases.some((phase) => phase.status !== "pending");
  const walk = async () => {
    await journal.undoing(cause);
    return begun ? ("stuck" as const) : ("undone" as const);
  };
  return { journal, walk, close: async () => {} };
}

function openJournal(deployment: ClaimedDeployment, mask: Mask, onCancelRequested: () => void): Journal {
  const { state, finishedAt, durationMs, problem, warnings, url, probes, artifact, releaseCommand } = deployment;
  return new Journal({
    deploymentId: deployment.id,
    serviceId: deployment.serviceId,
    fencing: deployment.fencing,
    lastEvent: deployment.lastEvent,
    logLines: deployment.logLines,
    startedAt: deployment.startedAt ?? new Date(),
    phases: deployment.phases.map(toPhaseRow),
    deployment: {
      state,
      finished_at: finishedAt?.toISOString() ?? null,
      duration_ms: durationMs,
      problem,
      warnings,
      url,
      probes,
      release_command: releaseCommand,
      artifact,
    },
    mask,
    onCancelRequested,
  });
}
