import { Ban, Circle, CircleCheck, CircleMinus, CircleX, LoaderCircle, type LucideIcon, Undo2 } from "lucide-react";
import type { PhaseView } from "@/lib/contracts/deployment";
import type { PhaseStatus } from "@/lib/contracts/phase";

export interface PhaseLooks {
  icon: LucideIcon;
  text: string;
  bar: string;
  /** The word beside them is `phaseStatus.<word>`. */
  word: PhaseStatus | "cancelled";
}

const CANCELLED: PhaseLooks = { icon: Ban, text: "text-cancelled", bar: "fill-faint", word: "cancelled" };
const LOOKS: Record<PhaseStatus, Omit<PhaseLooks, "word">> = {
  pending: { icon: Circle, text: "text-faint", bar: "fill-line-strong" },
  running: { icon: LoaderCircle, text: "text-running", bar: "fill-running" },
  succeeded: { icon: CircleCheck, text: "text-succeeded", bar: "fill-succeeded" },
  failed: { icon: CircleX, text: "text-failed", bar: "fill-failed" },
  skipped: { icon: CircleMinus, text: "text-faint", bar: "fill-line-strong" },
  undone: { icon: Undo2, text: "text-failed", bar: "fill-failed/35" },
};

/** A phase that somebody stopped did not fail. */
export function phaseLooks({ status, problem }: Pick<PhaseView, "status" | "problem">): PhaseLooks {
  if (problem?.code === "deployment-cancelled") return CANCELLED;
  return { ...LOOKS[status], word: status };
}
