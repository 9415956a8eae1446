import type { ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";

/** How often targets are checked without a request. */
export const CHECK_EVERY_MS = 5 * 60_000;

/** A check that saw nothing but the reason of its failure. */
export function failedCheck(problem: ProblemData): TargetCheck {
  return {
    ok: false,
    tools: {},
    diskFreeBytes: null,
    diskTotalBytes: null,
    memoryFreeBytes: null,
    memoryTotalBytes: null,
    cores: null,
    os: null,
    latencyMs: null,
    version: null,
    preflight: [],
    problem,
  };
}
