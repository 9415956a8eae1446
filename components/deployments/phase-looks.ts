import { Circle, CircleCheck, CircleMinus, CircleX, LoaderCircle, type LucideIcon, Undo2 } from "lucide-react";
import type { PhaseStatus } from "@/lib/contracts/phase";

/** Icon, text and bar of each status; the word beside them is `phaseStatus.<status>`. */
export const PHASE_LOOKS: Record<PhaseStatus, { icon: LucideIcon; text: string; bar: string }> = {
  pending: { icon: Circle, text: "text-faint", bar: "fill-line-strong" },
  running: { icon: LoaderCircle, text: "text-running", bar: "fill-running" },
  succeeded: { icon: CircleCheck, text: "text-succeeded", bar: "fill-succeeded" },
  failed: { icon: CircleX, text: "text-failed", bar: "fill-failed" },
  skipped: { icon: CircleMinus, text: "text-faint", bar: "fill-line-strong" },
  undone: { icon: Undo2, text: "text-failed", bar: "fill-failed/35" },
};
