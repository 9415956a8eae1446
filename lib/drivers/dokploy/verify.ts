import { Problem } from "@/lib/contracts/problem";
import { describeProbe } from "../probe";
import { count } from "../quantity";
import { imageOf, wantedImage } from "./configuration";
import { lookAtTasks, type Watched } from "./look-at-tasks";
import { Pace } from "./pace";
import { applicationOf, FollowedDeployment } from "./receipts";
import type { StackContext, StackPhase } from "./stack-phase";
import { StackProbes } from "./stack-probes";
import { untilHealthy } from "./until-healthy";

/** How long it has to answer without a failure where nobody may ask what its containers do. */
const BLIND_STABILITY_MS = 15_000;
const LOOK_EVERY_MS = 500;

/** Healthy is what really runs and answers its users; the server's own word counts for neither. */
export const verifyPhase: StackPhase = {
  key: "verifying_health",
  repeatable: true,
  async run(ctx) {
    const followed = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
    const application = applicationOf(ctx);
    const image = wantedImage(ctx);
    const watched: Watched = { ...application, image, knownTasks: followed?.knownTasks ?? [] };
    const probes = new StackProbes(ctx, ctx.spec, (summary) => ctx.setProbes(summary));
    ctx.setArtifact({ image: imageOf(ctx.spec), digest: followed?.digest ?? null, ...application });
    const { look, answer } = await untilHealthy(ctx, watched, probes);
    await staysHealthy(ctx, watched, probes, look.is === "unknown" ? BLIND_STABILITY_MS : 0);
    if (answer.hasBadCertificate) ctx.warn(new Problem("certificate-pending", { params: { domain: probes.host } }));
    const { sent, failed } = probes.summary;
    const seen = look.is === "unknown" ? `; ${look.detail}` : "";
    return { detail: `${answer.path} ${answer.status}; ${count(sent)} probes, ${count(failed)} failed${seen}` };
  },
};

/** Swarm may still go back by itself, and a container may end a moment after its first answer. */
async function staysHealthy(ctx: StackContext, watched: Watched, probes: StackProbes, leastMs: number): Promise<void> {
  const { stabilityMs, unhealthyThreshold } = ctx.spec.health;
  const forMs = Math.max(stabilityMs, leastMs);
  const pace = new Pace();
  for (let bad = 0; pace.elapsedMs < forMs; ) {
    await pace.wait(ctx.signal, Math.min(LOOK_EVERY_MS, forMs - pace.elapsedMs));
    const [look, answer] = await Promise.all([lookAtTasks(ctx, watched), probes.ask()]);
    const isGood = answer.ok && look.is !== "waiting";
    bad = isGood ? 0 : bad + 1;
    if (bad < unhealthyThreshold) continue;
    const detail = look.is === "waiting" ? look.detail : `${probes.url}: ${describeProbe(answer)}`;
    throw new Problem("unstable-after-switch", { detail });
  }
}
