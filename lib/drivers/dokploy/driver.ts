import * as z from "zod";
import type { Change } from "@/lib/contracts/release";
import type { Driver, ReleaseRef } from "../driver";
import { applicationPhase } from "./application";
import { askStack, stackAddress } from "./ask-stack";
import { configurePhase } from "./configure";
import type { DokployAccess } from "./context";
import { DokploySettings } from "./context";
import { completePhase, deployPhase, verifyPhase } from "./deploy";
import { domainPhase } from "./domain";
import { initializePhase } from "./initialize";
import { environmentPhase, projectPhase } from "./project";
import { removalPhases } from "./removal";
import { stackLogs, stackState, surveyStacks } from "./status";

/**
 * Runs images as applications of a Dokploy server. Each has a project of its own with a marker. Every id that the server
 * assigns is recorded immediately (ctx.resources), and nothing is created before a search for it.
 */
export const dokployDriver: Driver<DokploySettings, DokployAccess> = {
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
  ask: async ({ proxyPorts }, { path, timeoutMs, signal, ...spec }) => {
    const address = stackAddress(spec, proxyPorts);
    return { ...(await askStack({ address, path, timeoutMs, signal })), port: address.port, path };
  },
  // The artifact of a release is a reference to an image: the server pulls it again when needed, and removes unused images itself.
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
