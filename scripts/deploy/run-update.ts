import type { Progress } from "@/lib/contracts/deployment";
import { Problem } from "@/lib/contracts/problem";
import { bytes } from "@/lib/drivers/quantity";
import { type Bracket, type Outcome, runPipeline } from "@/lib/engine/pipeline";
import { tellFactsIn } from "@/lib/platform/i18n/tell-facts";
import type { UpdateContext, UpdateKey, UpdatePhase, UpdateResult } from "@/lib/self/update";
import type { Interruption } from "../console/interruption";
import type { TerminalJournal } from "./terminal-journal";

const DEADLINE_MS = 10 * 60_000;
const UNDO_DEADLINE_MS = 5 * 60_000;

export type Facts = Omit<UpdateContext, "signal" | "log" | "progress">;

/** Runs the phases at the terminal. Ctrl-C reverts everything; a second Ctrl-C does not wait for that. */
export async function runUpdate(
  phases: readonly UpdatePhase[],
  { facts, journal, interruption }: { facts: Facts; journal: TerminalJournal; interruption: Interruption },
): Promise<Outcome> {
  const log = (line: string) => journal.progress(line);
  const numbered: UpdateContext["log"] = (line) => {
    log(line);
    return 0;
  };
  const tell = await tellFactsIn("en");
  const progress: UpdateContext["progress"] = ({ detail, facts = [], progress: sent }) =>
    journal.progress(sent?.unit === "bytes" ? sizes(sent) : (detail ?? tell(facts)));
  const bracket: Bracket<UpdatePhase, UpdateContext> = async (phase, doing, work) => {
    const isFinal = doing === "undo" || phase.onFailure === "warn";
    const limitMs = doing === "undo" ? UNDO_DEADLINE_MS : (phase.deadlineMs ?? DEADLINE_MS);
    const ended = isFinal ? interruption.hurry : interruption.signal;
    const signal = AbortSignal.any([ended, AbortSignal.timeout(limitMs)]);
    try {
      return await work({ ...facts, signal, log: numbered, progress });
    } catch (error) {
      if (ended.aborted) throw new Problem("cannot-update", { detail: "Interrupted.", cause: error });
      if (signal.aborted) throw new Problem("phase-timeout", { params: { seconds: limitMs / 1_000 }, cause: error });
      throw error;
    }
  };
  return runPipeline<UpdateKey, UpdateContext, UpdatePhase, UpdateResult>(phases, journal, bracket);
}

function sizes({ done, total }: Progress): string {
  return total === null ? bytes(done) : `${bytes(done)} of ${bytes(total)}`;
}
