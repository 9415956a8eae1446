import * as z from "zod";
import type { Change } from "@/lib/contracts/release";
import type { DokployPlace, Driver, ReleaseRef } from "../driver";
import { applicationPhase } from "./application";
import { completePhase } from "./complete";
import { configurePhase } from "./configure";
import { deployPhase } from "./deploy";
import { domainPhase } from "./domain";
import { environmentPhase } from "./environment";
import { initializePhase } from "./initialize";
import { stackLogs } from "./logs";
import { projectPhase } from "./project";
import { removalPhases } from "./removal";
import { DokploySettings } from "./settings";
import { stackState } from "./state";
import { surveyStacks } from "./survey";
import { verifyPhase } from "./verify";

/**
 * Images as applications of a Dokploy server. Each has a project of its own, known by its marker; what the server gave
 * an id is written down at once (ctx.resources), and nothing is asked to be made before it was looked for.
 */
export const dokployDriver: Driver<DokploySettings, DokployPlace> = {
  settings: DokploySettings,
  phases: [
    initializePhase,
    projectPhase,
    environmentPhase,
    applicationPhase,
    configurePhase,
    domainPhase,
    deployPhase,
    verifyPhase,
    completePhase,
  ],
  removal: removalPhases,
  state: stackState,
  logs: stackLogs,
  survey: surveyStacks,
  // An image's reference is all there is of a release: the server pulls it again, and removes what nobody uses by itself.
  prune: async () => {},
  hasArtifact: async () => true,
  diff: async (_, from, to) => diff(from, to),
};

const Artifact = z.object({ image: z.string(), digest: z.string().nullish() });

function diff(from: ReleaseRef, to: ReleaseRef): Change[] {
  const [before, after] = [from, to].map(({ artifact }) => Artifact.safeParse(artifact).data);
  const isSameDigest = !before?.digest || !after?.digest || before.digest === after.digest;
  return before?.image === after?.image && isSameDigest ? [] : [{ name: after?.image ?? "image", kind: "changed" }];
}
