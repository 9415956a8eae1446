import type { MarkIcon } from "@/components/layout/page-mark";
import { shortCommit } from "@/lib/contracts/commit";
import type { DeploymentState, DeploymentSummary, DeploymentView } from "@/lib/contracts/deployment";
import { isFinished } from "@/lib/contracts/deployment-state";
import type { PhaseKey } from "@/lib/contracts/phase";
import { isPlatformDriver } from "@/lib/contracts/target-kind";

const SIGNS: Record<DeploymentState, string> = {
  queued: "○",
  running: "●",
  undoing: "●",
  succeeded: "✓",
  failed: "✗",
  cancelled: "–",
  stuck: "✗",
};
const ICONS: Partial<Record<DeploymentState, MarkIcon>> = { succeeded: "succeeded", failed: "failed", stuck: "failed" };

type Named = Pick<DeploymentView, "number" | "state" | "phases"> & { service: { name: string } };

/** `● #42 Build · hello-node` while it runs, `✓ #42 Succeeded · hello-node` afterwards. */
export function deploymentTitle(
  { service, number, state, phases }: Named,
  words: { phase: (key: PhaseKey) => string; state: (state: DeploymentState) => string },
): string {
  const phase = state === "running" && phases.find(({ status }) => status === "running");
  return `${SIGNS[state]} #${number} ${phase ? words.phase(phase.key) : words.state(state)} · ${service.name}`;
}

/** Only a result, or the lack of one, has an icon of its own. */
export function deploymentIcon(state: DeploymentState): MarkIcon | undefined {
  return isFinished(state) ? ICONS[state] : "running";
}

/** What a deployment or a release is called: its version and message, else its commit, else the start of its digest. */
export function revisionLabel({
  version,
  message,
  commit,
  digest,
}: Pick<DeploymentSummary, "version" | "message" | "commit" | "digest">): string | null {
  const named = [version, message].filter(Boolean).join(" · ");
  const committed = commit && `${shortCommit(commit.id)} ${commit.message}`.trim();
  return [named, committed].filter(Boolean).join(" · ") || (digest?.slice(0, 19) ?? null);
}

/** The page of what is deployed: people who have a stack need not know that it is a service. */
export function serviceHref({ service, driver }: Pick<DeploymentSummary, "service" | "driver">): string {
  return `/${isPlatformDriver(driver) ? "stacks" : "services"}/${encodeURIComponent(service.name)}`;
}
