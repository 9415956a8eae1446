import type { Fact } from "@/lib/contracts/fact";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { Json } from "@/lib/drivers/driver";

/** A row of `phase` as the journal holds and writes it; the names are the columns'. */
export interface PhaseRow {
  position: number;
  key: PhaseKey;
  status: PhaseStatus;
  attempt: number;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
  facts: Fact[] | null;
  receipt: Json | null;
  problem: ProblemData | null;
  undone_at: string | null;
  undo_duration_ms: number | null;
  undo_problem: ProblemData | null;
}
