/** `×`: a ratio to a peer that did the same work in the same run. */
export type Unit = "ms" | "KB" | "MiB" | "lines/s" | "lines" | "requests" | "×";
export type Budget = { atMost: number } | { atLeast: number };

/** One figure. A figure without a budget explains the others. */
export interface Measure {
  what: string;
  value: number;
  unit: Unit;
  budget?: Budget;
  /** The measured values behind it, and related figures. */
  notes?: string;
}

export type Verdict = "holds" | "does not hold" | "no budget";

export function verdictOf({ value, budget }: Pick<Measure, "value" | "budget">): Verdict {
  if (!budget) return "no budget";
  const holds = "atMost" in budget ? value <= budget.atMost : value >= budget.atLeast;
  return holds ? "holds" : "does not hold";
}
