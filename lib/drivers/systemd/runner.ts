import { join } from "node:path";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import { endOf as shellEnd } from "@/lib/hosts/guard";
import type { CommandResult } from "@/lib/hosts/host";
import { PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext, ServicePlace } from "../driver";
import { withEdgeOrDirect } from "../lifecycle/edge-or-direct";
import { packFolder } from "../lifecycle/old-assets";
import { detect } from "../plan/detect";
import type { Plan } from "../plan/plan";
import { processesOf } from "../plan/process-types";
import { releaseEnvironment } from "../plan/release-environment";
import { releaseSource } from "../plan/release-source";
import { COMMAND_OUTPUT_BYTES, commandOutput, commandsDirectory, releaseLayout } from "../release-layout";
import {
  type Binding,
  type OwnCommand,
  processId,
  type ReleaseStatus,
  type Runner,
  type WorkerPlan,
  workerVariable,
} from "../runner";
import { settingsOf } from "../settings-of";
import { environmentFile } from "../unit-syntax";
import { systemdCage, userOf } from "./cage";
import {
  commandUnitName,
  commandUnits,
  environmentFileOf,
  journalName,
  ownerOfUnit,
  unitName,
  unitPattern,
  volumesDirectory,
} from "./names";
import { errorOutput, runUnits, succeeded, UNIT_EXIT } from "./programs";
import { keepDropIn, type ServiceUnit, serviceUnit } from "./service-unit";
import { SystemdSettings } from "./settings";

/** Between TERM and KILL when a release is removed. */
const REMOVE_GRACE_SECONDS = 10;
/** Zero would mean for ever. */
const MIN_GRACE_MS = 100;

/** Releases as systemd units. systemd has all of their state. */
export const systemdRunner: Runner = {
  async processes(ctx) {
    return processesOf(ctx.spec, await planOf(ctx));
  },

  create: createRelease,
  createWorker,

  async resume(place, { id }) {
    started(await runUnits(place, "resume", [unitName(place, id)]), id);
  },

  async keep(place, id) {
    started(await runUnits(place, "keep", [unitName(place, id)], { stdin: keepDropIn() }), id);
  },

  async stop(place, id, graceMs, signal) {
    succeeded(
      await runUnits(place, "stop", [unitName(place, id), String(Math.max(graceMs, MIN_GRACE_MS) / 1_000)], {
        signal,
      }),
    );
  },

  // TERM ends the unit's processes, unless the service ignores it.
  retire: (...how) => systemdRunner.stop(...how),

  async remove(place, id) {
    const file = environmentFileOf(place, id);
    succeeded(await runUnits(place, "remove", [unitName(place, id), String(REMOVE_GRACE_SECONDS), file]));
  },

  async status(place, id) {
    const [state = null] = await show(place, unitName(place, id));
    return state;
  },

  list: (place) => show(place, unitPattern(place, place.serviceName)),

  async lastOutput(place, id, lines) {
    const { exitCode, stdout, stderr } = await runUnits(place, "last-output", [unitName(place, id), String(lines)]);
    // The output explains another failure, which a failure here must not replace.
    const text = exitCode === 0 ? stdout : stderr;
    return text === "" ? [] : text.replace(/\n$/, "").split("\n").slice(-lines);
  },

  packFolder,
  startCommand,

  async followCommand(ctx, name, onOutput) {
    const unit = commandUnitName(ctx, ctx.release.id, name);
    const output = commandOutput(ctx, ctx.release.id, name);
    const followed = await runUnits(ctx, "follow-command", [unit, output, String(COMMAND_OUTPUT_BYTES)], {
      signal: ctx.signal,
      onLine: onOutput,
      partialAfterMs: PARTIAL_AFTER_MS,
      keepBytes: 4_096,
    });
    if (followed.exitCode === UNIT_EXIT.noUnit) return null;
    succeeded(followed);
    return endOf(propertiesIn(succeeded(await runUnits(ctx, "command-state", [unit])).stdout));
  },

  async endCommands(place, releaseId) {
    const args = [commandUnits(place, releaseId), commandsDirectory(place), releaseId ?? ""];
    succeeded(await runUnits(place, "end-commands", args));
  },
};

/** How the releases of the driver run and are routed to. */
export const systemdParts = withEdgeOrDirect(systemdRunner);

async function show(place: ServicePlace, pattern: string): Promise<ReleaseStatus[]> {
  return statesIn(place, succeeded(await runUnits(place, "show", [pattern])).stdout);
}

function started(result: CommandResult, id: string): void {
  if (result.exitCode === UNIT_EXIT.notStarted) throw new Problem("start-failed", { detail: result.stderr.trim() });
  if (result.exitCode === UNIT_EXIT.noUnit)
    throw new Problem("start-failed", { detail: `there is no unit of release ${id} any more` });
  succeeded(result);
}

function planOf(ctx: ReleaseContext): Promise<Plan> {
  return detect(releaseSource(ctx, systemdCage.look), settingsOf(SystemdSettings, ctx));
}

/** Creates the unit of `ctx.release` and the service's own user, and starts it. */
async function createRelease(ctx: ReleaseContext, binding: Binding): Promise<Fact> {
  const settings = settingsOf(SystemdSettings, ctx);
  const plan = await planOf(ctx);
  const started = performance.now();
  const kept = await createUnit(ctx, plan, ctx.release.id, unitOf(ctx, binding, { ...settings, command: plan.start }));
  ctx.log(`$ ${plan.start}`);
  logLimits(ctx, settings, kept);
  return fact("unit-started", { unit: unitName(ctx, ctx.release.id), took: performance.now() - started });
}

async function createWorker(ctx: ReleaseContext, worker: WorkerPlan): Promise<void> {
  const { command, memoryMb, cpus } = worker;
  const settings = settingsOf(SystemdSettings, ctx);
  const id = processId(ctx.release.id, worker);
  const limits = { memoryMb: memoryMb ?? settings.memoryMb, cpus: cpus ?? settings.cpus };
  const unit = unitOf(ctx, null, { ...settings, ...limits, command });
  const own = { ...unit, environmentFile: environmentFileOf(ctx, id), variables: workerVariable(worker) };
  await createUnit(ctx, await planOf(ctx), id, own);
}

/** Answers the limits that the host keeps. */
async function createUnit(
  ctx: ReleaseContext,
  plan: Plan,
  id: string,
  unit: ServiceUnit,
): Promise<ReadonlySet<string>> {
  const settings = settingsOf(SystemdSettings, ctx);
  const environment = environmentFile(ownEnvironment(ctx, await releaseEnvironment(ctx, plan), settings));
  const args = [
    unitName(ctx, id),
    ...[unit.user, userOf(ctx).purpose, unit.directory, unit.environmentFile],
    String(Buffer.byteLength(environment)),
    ...unit.volumes.map(({ from }) => from),
  ];
  const stdin = environment + serviceUnit(unit);
  const result = await runUnits(ctx, "create", args, { stdin, signal: ctx.signal });
  failUnlessStarted(result);
  return new Set(result.stdout.split("\n"));
}

/** In a unit of its own that differs from the release's in its command and its output. */
async function startCommand(ctx: ReleaseContext, { name, command, variables, begins }: OwnCommand): Promise<void> {
  const settings = settingsOf(SystemdSettings, ctx);
  const plan = await planOf(ctx);
  const environment = environmentFile(ownEnvironment(ctx, await releaseEnvironment(ctx, plan), settings));
  const outputFile = commandOutput(ctx, ctx.release.id, name);
  const binding = { host: "127.0.0.1", port: ctx.spec.port };
  const unit = { ...unitOf(ctx, binding, { ...settings, command }), variables, outputFile };
  const args = [
    commandUnitName(ctx, ctx.release.id, name),
    ...[unit.user, userOf(ctx).purpose, unit.directory, unit.environmentFile],
    String(Buffer.byteLength(environment)),
    outputFile,
    ...unit.volumes.map(({ from }) => from),
  ];
  const stdin = environment + serviceUnit(unit);
  await begins();
  failUnlessStarted(await runUnits(ctx, "start-command", args, { stdin, signal: ctx.signal }));
}

function unitOf(
  ctx: ReleaseContext,
  binding: Binding | null,
  { command, memoryMb, cpus }: SystemdSettings & { command: string },
): ServiceUnit {
  return {
    serviceName: ctx.serviceName,
    releaseId: ctx.release.id,
    journalName: journalName(ctx),
    base: ctx.base,
    directory: releaseLayout(ctx, ctx.release.id).directory,
    command,
    environmentFile: environmentFileOf(ctx, ctx.release.id),
    binding,
    user: userOf(ctx).user,
    memoryMb,
    cpus,
    volumes: ctx.spec.volumes.map(({ name, path }) => ({ from: join(volumesDirectory(ctx), name), to: path })),
  };
}

/** Name and home of the deploying user do not apply to the service; the port is in the unit. */
const NOT_ITS_OWN = new Set(["HOME", "LOGNAME", "USER", "SHELL", "PORT"]);

function ownEnvironment(
  ctx: ReleaseContext,
  environment: Readonly<Record<string, string>>,
  { user }: SystemdSettings,
): Record<string, string> {
  const { PORT: _, ...asked } = revealAll(ctx.environment);
  const given = Object.entries(environment).filter(([name]) => !NOT_ITS_OWN.has(name));
  // systemd knows the home of a user of the host; the service's own user has only the release's directory.
  const home = user === undefined ? [["HOME", releaseLayout(ctx, ctx.release.id).directory]] : [];
  return Object.fromEntries([...home, ...given, ...Object.entries(asked)]);
}

function failUnlessStarted(result: CommandResult): void {
  if (result.exitCode === 0) return;
  const code = result.exitCode === UNIT_EXIT.invalid ? "unit-invalid" : "start-failed";
  throw new Problem(code, { detail: errorOutput(result) });
}

function logLimits(ctx: ReleaseContext, { memoryMb, cpus }: SystemdSettings, kept: ReadonlySet<string>): void {
  if (kept.has("unknown")) return;
  const asked = [...(memoryMb === undefined ? [] : ["memory"]), ...(cpus === undefined ? [] : ["cpu"])];
  for (const limit of asked)
    ctx.log(
      kept.has(limit)
        ? `the ${limit} limit is kept by systemd`
        : `this host offers no way to limit ${limit}: the release runs without`,
    );
}

/** Reads the output of `systemctl show`: a paragraph per unit, a property per line. */
export function statesIn(place: Pick<ServicePlace, "base" | "serviceName">, shown: string): ReleaseStatus[] {
  return shown.split("\n\n").flatMap((paragraph) => {
    const unit = propertiesIn(paragraph);
    const owner = ownerOfUnit(place, unit.Id ?? "");
    return owner?.serviceName === place.serviceName ? [stateOf(unit, owner)] : [];
  });
}

type Properties = Record<string, string | undefined>;

function propertiesIn(paragraph: string): Properties {
  const lines = paragraph.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function stateOf(unit: Properties, { releaseId, worker }: Pick<ReleaseStatus, "releaseId" | "worker">): ReleaseStatus {
  const binding = bindingIn(unit.Environment ?? "");
  const running = (unit.MainPID ?? "0") !== "0";
  const hasEnded = unit.SubState === "exited" || unit.ActiveState === "inactive" || unit.ActiveState === "failed";
  return {
    releaseId,
    ...(worker && { worker }),
    binding,
    listensAt: worker ? null : { port: binding.port, host: loopbackOf(binding.host) },
    running,
    exited: !running && hasEnded ? endOf(unit) : null,
    restarts: Number(unit.NRestarts ?? 0),
    since: isoTime(unit.StateChangeTimestamp ?? ""),
  };
}

/** "HOST=127.0.0.1 PORT=20001", as the unit has it. */
function bindingIn(environment: string): Binding {
  const [, host = "127.0.0.1"] = /(?:^| )HOST=(\S+)/.exec(environment) ?? [];
  const [, port = "0"] = /(?:^| )PORT=(\d+)/.exec(environment) ?? [];
  return { host, port: Number(port) };
}

/** A release that listens on every interface is reached on the loopback interface. */
function loopbackOf(host: string): string {
  return { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
}

/** wait(2): how a process ended. */
const EXITED = "1";
const NEVER_STARTED = "0";

function endOf({ ExecMainCode, ExecMainStatus, Result }: Properties): NonNullable<ReleaseStatus["exited"]> {
  if (ExecMainCode === NEVER_STARTED) return { exitCode: null, signal: null };
  const status = Number(ExecMainStatus);
  // The unit starts a shell, which may report a signal as an exit code.
  const { exitCode, signal } = shellEnd(ExecMainCode === EXITED ? status : 128 + status, null);
  return { exitCode, signal: signal !== null && Result === "oom-kill" ? `${signal} (out of memory)` : signal };
}

/** From "Sat 2026-11-21 02:56:22 UTC". */
function isoTime(timestamp: string): string | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(timestamp) ?? [];
  return date === undefined ? null : `${date}T${time}.000Z`;
}
