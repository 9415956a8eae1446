import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { settingsOf } from "../settings-of";
import { findApplication } from "./application";
import { imageOf, wantedImage } from "./configuration";
import type { Watched } from "./look-at-tasks";
import { applicationOf, FollowedDeployment } from "./receipts";
import { DokploySettings } from "./settings";
import type { StackContext, StackPhase } from "./stack-phase";
import { StackProbes } from "./stack-probes";
import { untilSteady } from "./until-steady";

/** Healthy is what really runs and answers its users; the server's own word counts for neither. */
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
    // What a person removed meanwhile may still answer, but the server does not know it any more.
    const isThere = findApplication(ctx, application.applicationId);
    isThere.catch(() => {}); // it is awaited below
    const { look, answer } = await untilSteady(ctx, watched, probes, {
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
    const unseen = look.is === "unknown" ? [look.fact] : [];
    return { facts: [answered, fact("probed", { sent, failed }), ...unseen] };
  },
};

/** Without a health command the swarm stops the old container as soon as the new one runs, whether it listens or not. */
function warnOfGap(ctx: StackContext, { summary: { sent, failed, longestGapMs } }: StackProbes): void {
  ctx.warn(new Problem("platform-gap", { params: { failed, sent, gapMs: longestGapMs } }));
}
