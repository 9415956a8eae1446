import { CauseFinder } from "../cause";
import type { CutShort } from "../cut-short";
import type { Json, PhaseContext } from "../driver";

const OUTPUT_LINES = 50;

export interface Address {
  host?: string;
  port: number;
}

export interface CandidateState {
  /** Where it listens by itself, once it does. */
  address: Address | null;
  /** It ended and nothing starts it again. */
  exited: { exitCode: number | null; signal: string | null } | null;
  /** Does the public way lead to it? */
  serves: boolean;
  restarts: number;
}

/** A release that is to take over, as its driver sees it: the few things in which verifying differs from one to another. */
export interface Candidate {
  /** Starts it when it is not there: after a take-over it may be gone. */
  ensure(): Promise<void>;
  state(): Promise<CandidateState>;
  lastOutput(lines: number): Promise<readonly string[]>;
  /** Routes new requests to it. What served before runs on. */
  switchTo(): Promise<void>;
  /** Lets what served before end its requests and stops it, without deleting it. Answers what did not end in time. */
  retireOthers(): Promise<CutShort[]>;
  /** The public way, as seen from the host. */
  readonly publicAddress: Address;
  /** What switching back needs, from any process. */
  readonly receipt: Json;
}

/** Into the deployment's log, where the person who fixes it looks first; answers what it says of the cause. */
export async function logOutput(
  ctx: Pick<PhaseContext, "log">,
  candidate: Pick<Candidate, "lastOutput">,
): Promise<CauseFinder> {
  const output = await candidate.lastOutput(OUTPUT_LINES);
  const causes = new CauseFinder();
  ctx.log(output.length === 0 ? "the release wrote nothing" : `the last ${output.length} lines of the release:`);
  for (const line of output) causes.take(line, ctx.log(line, "stdout"));
  return causes;
}
