import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { settingsOf } from "../settings-of";
import { findApplication, keepOneApplication } from "./application";
import { stackAddress } from "./ask-stack";
import { imageOf, keepMounts, wantedImage } from "./configure";
import {
  ApplicationReceipt,
  applicationOf,
  ConfigurationReceipt,
  DokploySettings,
  DomainReceipt,
  FollowedDeployment,
  ProjectReceipt,
  type StackContext,
  type StackPhase,
  StartReceipt,
  UNDO_DEADLINE_MS,
} from "./context";
import { domainOf, keepDomain } from "./domain";
import { deployAndFollow, settle } from "./follow-deployment";
import { keepOneProject } from "./project";
import { StackProbes } from "./stack-probes";
import type { Watched } from "./tasks";
import { untilSteady } from "./until-steady";

/**
 * The server pulls the image and passes it to the swarm; its status `done` means no more. The swarm replaces the containers
 * as soon as it can, so requests to the address of a live stack are counted from here on.
 */
export const deployPhase: StackPhase = {
  key: "deploying",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const startedMs = performance.now();
    const before = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
    const probes = new StackProbes(ctx, ctx.spec, { before: before?.probes });
    if (ctx.previous) probes.start();
    try {
      const followed = await deployAndFollow(ctx, {
        ...applicationOf(ctx),
        title: `Landfall ${ctx.deploymentId}`,
        image: wantedImage(ctx),
        followed: before,
        keep: (kept) => ctx.saveReceipt({ ...kept, probes: { ...probes.counted } }),
      });
      const receipt = { ...followed, probes: { ...probes.counted } };
      return { receipt, facts: [fact("server-took", { took: performance.now() - startedMs })] };
    } finally {
      await probes.stop();
    }
  },
  async undo(ctx) {
    await settle(ctx, applicationOf(ctx).applicationId);
  },
};

/** Proves the release by its containers and by answers at its public address, not by the server's own status. */
export const verifyPhase: StackPhase = {
  key: "verifying_health",
  repeatable: true,
  async run(ctx) {
    const followed = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
    const application = applicationOf(ctx);
    const watched: Watched = {
      ...application,
      image: wantedImage(ctx),
      knownTasks: followed?.knownTasks ?? [],
      askedAt: followed?.askedAt ?? 0,
      handedOver: followed?.handedOver,
    };
    const { portTimeoutMs, stabilityMs } = ctx.spec.health;
    const { healthCommand } = settingsOf(DokploySettings, ctx);
    const probes = new StackProbes(ctx, ctx.spec, {
      before: followed?.probes,
      report: (summary) => ctx.setProbes(summary),
    });
    ctx.setArtifact({ image: imageOf(ctx.spec), digest: followed?.digest ?? null, ...application });
    // A stack that a person removed in the meantime may still answer, but the server no longer has it.
    const isThere = findApplication(ctx, application.applicationId);
    isThere.catch(() => {}); // it is awaited below
    const { status, answer } = await untilSteady(ctx, watched, probes, {
      portTimeoutMs,
      steadyMs: stabilityMs,
      mayBeOld: ctx.previous !== null,
      hasHealthCheck: healthCommand !== undefined,
    });
    await isThere;
    if (answer.hasBadCertificate) ctx.warn(new Problem("certificate-pending", { params: { domain: probes.host } }));
    const { sent, failed } = probes.summary;
    if (failed > 0 && ctx.previous && healthCommand === undefined) warnOfGap(ctx, probes);
    const answered = fact("path-answered", { path: answer.path, status: answer.status ?? 0 });
    const unseen = status.is === "unknown" ? [status.fact] : [];
    return { facts: [answered, fact("probed", { sent, failed }), ...unseen] };
  },
};

/** Without a health command the swarm stops the old container as soon as the new one runs, whether it listens yet or not. */
function warnOfGap(ctx: StackContext, { summary: { sent, failed, longestGapMs } }: StackProbes): void {
  ctx.warn(new Problem("platform-gap", { params: { failed, sent, gapMs: longestGapMs } }));
}

/**
 * Removes duplicates that appeared late, after the answer to a create request was lost. There are none where the server
 * answered every request.
 */
export const completePhase: StackPhase = {
  key: "completed",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    if (isUncertain(ctx)) {
      await keepOneProject(ctx);
      await keepOneApplication(ctx);
      const { applicationId } = applicationOf(ctx);
      await Promise.all([
        keepMounts(ctx, applicationId, ctx.spec.volumes, { isUncertain: true }),
        keepDomain(ctx, domainOf(ctx.spec), { isUncertain: true }),
      ]);
    }
    const { startedAt = Date.now() } = StartReceipt.safeParse(ctx.receiptOf("initializing")).data ?? {};
    const { url } = stackAddress(ctx.spec, ctx.proxyPorts);
    return { facts: [fact("completed", { url, image: wantedImage(ctx), took: Date.now() - startedAt })] };
  },
};

function isUncertain(ctx: StackContext): boolean {
  return [
    ProjectReceipt.safeParse(ctx.receiptOf("creating_project")),
    ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")),
    ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")),
    DomainReceipt.safeParse(ctx.receiptOf("creating_domain")),
  ].some(({ data }) => data?.isUncertain);
}
