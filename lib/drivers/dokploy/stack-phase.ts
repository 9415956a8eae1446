import type { DokployPlace, NamedPhase, PhaseContext } from "../driver";

export type StackContext = PhaseContext<DokployPlace>;
export type StackPhase = NamedPhase<DokployPlace>;

/** A server may be away for two minutes, and what was done there has to be taken back all the same. */
export const UNDO_DEADLINE_MS = 5 * 60_000;
