import type { ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";

/** A look that saw nothing but why. */
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
