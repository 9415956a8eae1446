import ignore from "ignore";
import { refName } from "@/lib/contracts/git-source";
import type { DeliveryReason } from "@/lib/contracts/hook";
import type { ProblemParams } from "@/lib/contracts/problem";
import type { Source } from "@/lib/contracts/source";
import type { Push } from "./read-push";

/** What a push is compared with. */
export interface HookSettings {
  enabled: boolean;
  paths: readonly string[];
  source: Source;
  /** The reference that the last deployment of the default branch had; null before there was one. */
  lastRef: string | null;
}

export interface Ignored {
  reason: DeliveryReason;
  params: ProblemParams;
}

/** Why a push deploys nothing, by what it says and what the service wants; null for one that is to be deployed. */
export function whyIgnored(push: Push, { enabled, paths, source, lastRef }: HookSettings): Ignored | null {
  const because = (reason: DeliveryReason, params: ProblemParams = {}): Ignored => ({ reason, params });
  if (push.kind === "ping") return because("ping");
  if (push.kind === "other") return because("other-event", { event: push.event });
  if (!enabled) return because("disabled");
  if (source.kind !== "git") return because("no-git-source");
  const wanted = source.ref ?? push.defaultBranch ?? (lastRef && refName(lastRef));
  if (!isWanted(push.ref, wanted)) return because("other-branch", { ref: refName(push.ref), wanted: wanted ?? "main" });
  if (push.commit === null) return because("branch-deleted", { ref: refName(push.ref) });
  if (push.isSkipped) return because("skipped");
  return touches(push.paths, paths) ? null : because("no-path", { paths: push.paths?.length ?? 0 });
}

/** A service names a branch or a tag without saying which. Without either, a server's default branch has one of two names. */
function isWanted(ref: string, wanted: string | null): boolean {
  if (wanted !== null) return ref === `refs/heads/${wanted}` || ref === `refs/tags/${wanted}`;
  return ref === "refs/heads/main" || ref === "refs/heads/master";
}

/**
 * A path counts when a pattern matches it (any path does where all patterns have `!`) and none with `!` does. Paths that
 * the delivery does not say may match, and so may those that are no relative ones.
 */
function touches(paths: readonly string[] | null, patterns: readonly string[]): boolean {
  if (paths === null || patterns.length === 0) return true;
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!"));
  const included = ignore().add(wanted);
  const excluded = ignore().add(
    patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1)),
  );
  const counts = (path: string) => (wanted.length === 0 || included.ignores(path)) && !excluded.ignores(path);
  return paths.some((path) => !ignore.isPathValid(path) || counts(path));
}

/** One push that arrived: what its reference became, and was before. */
export interface Step {
  commit: string;
  before: string | null;
  at: string | null;
}

const FOLLOWED = 200;

/**
 * Whether a push was overtaken: deliveries arrive in any order, and `head` is the newest push that was deployed. The chain
 * of pushes tells, where the deliveries between the two have arrived; otherwise the times of the commits do.
 */
export function isOlder(push: Step, head: Step, known: readonly Step[]): boolean {
  if (leadsBackTo(push, head.commit, known)) return false;
  if (leadsBackTo(head, push.commit, known)) return true;
  return push.at !== null && head.at !== null && Date.parse(push.at) < Date.parse(head.at);
}

function leadsBackTo(from: Step, commit: string, known: readonly Step[]): boolean {
  const befores = new Map(known.map((step) => [step.commit, step.before]));
  let before = from.before;
  for (let steps = 0; before !== null && steps < FOLLOWED; steps++) {
    if (before === commit) return true;
    before = befores.get(before) ?? null;
  }
  return false;
}
