import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";
import type { ReleaseCommandRun } from "@/lib/contracts/release-command";
import { CauseFinder } from "../cause";
import type { PhaseContext } from "../driver";
import { duration } from "../quantity";
import { COMMAND_OUTPUT_BYTES, OUTPUT_LEFT_OUT } from "../release-layout";
import {
  COMMAND_NAMES,
  type CommandEnd,
  type CommandName,
  type OnOutput,
  type OwnCommand,
  type ReleaseStatus,
  type Runner,
} from "../runner";
import { CommandTexts, ProcessTexts } from "../setting-shapes";

/** The service's own commands around a deployment: its release command, and the hooks before and after the switch. */

/** Those around the switch; a check is of one process type. */
type Around = Exclude<CommandName, "check">;
const AROUND = COMMAND_NAMES.filter((name) => name !== "check");

const SETTINGS = { release: "releaseCommand", "before-switch": "beforeSwitch", "after-switch": "afterSwitch" } as const;
const FAILURES = {
  release: "release-command-failed",
  "before-switch": "before-switch-failed",
  "after-switch": "after-switch-failed",
} as const satisfies Record<Around, ProblemCode>;

/** What a worker that takes over has at least to learn how a command ended, which may be long ago. */
const RESULT_MS = 10_000;

type WithSpec = Pick<PhaseContext, "spec">;

function textsOf({ spec }: { spec: { settings: unknown } }) {
  return CommandTexts.safeParse(spec.settings).data ?? CommandTexts.parse({});
}

function commandOf(ctx: WithSpec, name: Around): string | null {
  return textsOf(ctx)[SETTINGS[name]] ?? null;
}

export function hasCommands(ctx: WithSpec): boolean {
  const { processes } = ProcessTexts.safeParse(ctx.spec.settings).data ?? { processes: {} };
  return AROUND.some((name) => commandOf(ctx, name) !== null) || Object.values(processes).some(({ check }) => check);
}

/** The time that a service's own commands may take, which comes on top of the deadlines of phases and deployment. */
export function commandsMs(spec: { settings: unknown }): number {
  const texts = textsOf({ spec });
  const count = AROUND.filter((name) => texts[SETTINGS[name]] !== undefined).length;
  return count * texts.commandTimeoutSeconds * 1_000;
}

/**
 * Runs the release command of a deployment, and never a second time: `known` is what an earlier worker recorded. When that
 * one had begun it, it is looked up on the host and followed to its end. `keep` stores the record before anything starts.
 * Null when there is nothing to run: a rollback restores a release whose command ran when it was created.
 */
export async function runReleaseCommand(
  ctx: PhaseContext,
  runner: Runner,
  known: ReleaseCommandRun | null,
  keep: (run: ReleaseCommandRun) => Promise<void>,
  ofProcfile: string | null = null,
): Promise<ReleaseCommandRun | null> {
  const command = commandOf(ctx, "release") ?? ofProcfile;
  if (command === null || ctx.kind !== "deploy") return null;
  if (known?.endedAt) {
    await runner.endCommands(ctx, ctx.release.id);
    if (known.exitCode === 0) return known;
    throw failed("release", known.exitCode === null ? { how: "lost" } : { how: "exit", exitCode: known.exitCode });
  }
  const line = announce(ctx, "release", command) || null;
  const begun = known ?? { startedAt: new Date().toISOString(), endedAt: null, durationMs: null, exitCode: null, line };
  if (known) ctx.log("it had begun before; its output from the beginning:");
  else {
    const begins = () => keep(begun);
    await start(ctx, runner, { name: "release", command, variables: {}, begins });
  }
  const { end, causes } = await follow(ctx, runner, "release", timeLeftMs(ctx, known));
  if (end === null) throw failed("release", { how: "lost" });
  const endedAt = new Date().toISOString();
  const durationMs = Math.max(0, Date.parse(endedAt) - Date.parse(begun.startedAt));
  const run = { ...begun, endedAt, durationMs, exitCode: end === LATE ? null : end.exitCode };
  await keep(run);
  await runner.endCommands(ctx, ctx.release.id);
  conclude(ctx, "release", { end, causes, tookMs: durationMs });
  return run;
}

/**
 * Runs a hook of the switch. One that a worker did not finish is ended and run again. Before the switch its failure fails
 * the phase; after it the release is live and stays live, so whatever fails is a warning. A rollback is urgent and its
 * release has passed its `before switch`, so only `after switch` runs there.
 */
export async function runHook(
  ctx: PhaseContext,
  runner: Runner,
  name: Exclude<Around, "release">,
): Promise<readonly Fact[]> {
  const command = commandOf(ctx, name);
  if (command === null || (name === "before-switch" && ctx.kind === "rollback")) return [];
  announce(ctx, name, command);
  try {
    const status = await runner.status(ctx, ctx.release.id);
    const started = performance.now();
    await start(ctx, runner, { name, command, variables: addressVariable(status), begins: async () => {} });
    const { end, causes } = await follow(ctx, runner, name, timeLeftMs(ctx, null));
    await runner.endCommands(ctx, ctx.release.id);
    if (end === null) throw failed(name, { how: "lost" });
    conclude(ctx, name, { end, causes, tookMs: performance.now() - started });
    return [fact(`${name}-ran`, { took: performance.now() - started })];
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (name === "before-switch") throw error;
    ctx.warn(error instanceof Problem ? error : new Problem(FAILURES[name], { params: { how: "lost" }, cause: error }));
    return [];
  }
}

/** Runs the check of a process type once. */
export async function runCheck(
  ctx: PhaseContext,
  runner: Runner,
  { command, variables, leftMs }: Pick<OwnCommand, "command" | "variables"> & { leftMs: number },
): Promise<{ passed: boolean; cause: { detail?: string; line?: number } }> {
  await runner.endCommands(ctx, ctx.release.id);
  await runner.startCommand(ctx, { name: "check", command, variables, begins: async () => {} });
  const { end, causes } = await follow(ctx, runner, "check", leftMs);
  await runner.endCommands(ctx, ctx.release.id);
  const { text: detail, line } = causes.found ?? {};
  const passed = end !== null && end !== LATE && end.exitCode === 0;
  return { passed, cause: { ...(detail !== undefined && { detail, line }) } };
}

function announce(ctx: PhaseContext, name: Around, command: string): number {
  ctx.progress({ facts: [fact(`${name === "release" ? "release-command" : name}-runs`, { command })] });
  return ctx.log(`${name === "release" ? "release command" : name.replace("-", " ")}: $ ${command}`);
}

/** Whatever an earlier worker prepared of it is removed first. */
async function start(ctx: PhaseContext, runner: Runner, command: OwnCommand & { name: Around }): Promise<void> {
  await runner.endCommands(ctx, ctx.release.id);
  try {
    await runner.startCommand(ctx, command);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "start-failed") throw error;
    throw new Problem(FAILURES[command.name], { params: { how: "start" }, detail: error.detail, cause: error });
  }
}

/** Where the new release listens, for a hook that asks it something. */
function addressVariable(status: ReleaseStatus | null): Record<string, string> {
  if (!status) return {};
  const { host = "127.0.0.1", port } = status.listensAt ?? status.binding;
  return { LANDFALL_ADDRESS: `http://${host.includes(":") ? `[${host}]` : host}:${port}` };
}

/** It still ran after its time-out, and was ended. */
const LATE = "late";

interface Followed {
  /** Null when the host does not know the command. */
  end: CommandEnd | typeof LATE | null;
  causes: CauseFinder;
}

/** Of a command that begins now, or of one that an earlier worker began. */
function timeLeftMs(ctx: WithSpec, known: ReleaseCommandRun | null): number {
  const limitMs = textsOf(ctx).commandTimeoutSeconds * 1_000;
  if (!known) return limitMs;
  const passedMs = Math.max(0, Date.now() - Date.parse(known.startedAt));
  return Math.max(RESULT_MS, limitMs - passedMs);
}

/** Past the time-out the command is ended with everything it started. */
async function follow(ctx: PhaseContext, runner: Runner, name: CommandName, leftMs: number): Promise<Followed> {
  const late = AbortSignal.timeout(leftMs);
  const causes = new CauseFinder();
  try {
    const followed = { ...ctx, signal: AbortSignal.any([ctx.signal, late]) };
    const onOutput = upToLimit(ctx, (text, stream, goesOn) => causes.take(text, ctx.log(text, stream, goesOn)));
    return { end: await runner.followCommand(followed, name, onOutput), causes };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!late.aborted) throw error;
    ctx.log(`still running after ${duration(leftMs)}: ending it`);
    await runner.endCommands(ctx, ctx.release.id);
    return { end: LATE, causes };
  }
}

/** A host may keep less of the output, and never has to keep more. */
function upToLimit(ctx: PhaseContext, onOutput: OnOutput): OnOutput {
  let bytes = 0;
  return (text, stream, goesOn) => {
    if (bytes > COMMAND_OUTPUT_BYTES) return;
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > COMMAND_OUTPUT_BYTES) ctx.log(OUTPUT_LEFT_OUT);
    else onOutput(text, stream, goesOn);
  };
}

function conclude(
  ctx: PhaseContext,
  name: Around,
  { end, causes, tookMs }: { end: CommandEnd | typeof LATE; causes: CauseFinder; tookMs: number },
): void {
  if (end === LATE) throw failed(name, { how: "timeout", seconds: textsOf(ctx).commandTimeoutSeconds }, causes);
  const { exitCode, signal } = end;
  if (exitCode === 0) return void ctx.log(`ended after ${duration(tookMs)}`);
  if (exitCode !== null) throw failed(name, { how: "exit", exitCode }, causes);
  throw failed(name, signal === null ? { how: "lost" } : { how: "signal", signal }, causes);
}

function failed(name: Around, params: ProblemParams, causes?: CauseFinder): Problem {
  const cause = causes?.found;
  return new Problem(FAILURES[name], { params, ...(cause && { detail: cause.text, line: cause.line }) });
}
