import { setTimeout as sleep } from "node:timers/promises";
import { quote } from "@/lib/hosts/command";
import type { Host } from "@/lib/hosts/host";
import { LineSplitter, PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import type { ReleaseContext, ServicePlace } from "../driver";
import { commandOutput } from "../release-layout";
import { COMMAND_NAMES, type CommandEnd, type CommandName, type OnOutput, type OwnCommand } from "../runner";
import { ensureSupervisor, supervisorOf } from "./start-supervisor";
import type { ReleaseSpec, ReleaseStatus } from "./supervisor/protocol";
import { askSupervisor, type SupervisorClient, serviceAmong } from "./supervisor-client";

/** How often a command is checked: at first, and once it runs for long. */
const POLL_MS = { least: 100, most: 1_000 };
/** A supervisor may not answer for a moment, for example on a busy machine. That says nothing about a command. */
const SILENCE_MS = 30_000;
const NAMES: readonly string[] = COMMAND_NAMES;

/**
 * A service's own commands are releases to the supervisor that never become live, so they run exactly as a release does.
 * Their ids are the release's with the command's name.
 */
function idOf(releaseId: string, name: CommandName): string {
  return `${releaseId}-${name}`;
}

/** Is it one of a service's own commands, and not a release? */
export function isCommand(id: string): boolean {
  return NAMES.some((name) => id.endsWith(`-${name}`));
}

export async function startCommand(
  ctx: ReleaseContext,
  spec: ReleaseSpec,
  { name, command, variables, begins }: OwnCommand,
  scriptFile?: string,
): Promise<void> {
  const supervisor = await ensureSupervisor(ctx, scriptFile);
  const exports = Object.entries(variables).map(([variable, value]) => `export ${variable}=${quote([value])}\n`);
  await begins();
  await supervisor.startRelease(ctx.serviceName, idOf(ctx.release.id, name), {
    ...spec,
    command: exports.join("") + command,
    outputFile: commandOutput(ctx, ctx.release.id, name),
  });
}

export async function followCommand(
  ctx: ReleaseContext,
  name: CommandName,
  onOutput: OnOutput,
): Promise<CommandEnd | null> {
  const id = idOf(ctx.release.id, name);
  const output = new OutputFile(ctx.host, commandOutput(ctx, ctx.release.id, name), onOutput);
  const startedMs = performance.now();
  try {
    for (;;) {
      const found = await lookUp(ctx, id);
      await output.readOn();
      if (!found) return null;
      const { supervisor, status } = found;
      if (status.state === "exited") {
        // A supervisor of an earlier version keeps only the last lines.
        if (!output.exists)
          for (const line of await supervisor.output(ctx.serviceName, id)) onOutput(line, "stdout", false);
        return { exitCode: status.exitCode, signal: status.signal };
      }
      const untilNextMs = Math.min(POLL_MS.most, Math.max(POLL_MS.least, (performance.now() - startedMs) / 10));
      await sleep(untilNextMs, undefined, { signal: ctx.signal });
    }
  } finally {
    output.end();
  }
}

export async function endCommands(place: ServicePlace, releaseId?: string, scriptFile?: string): Promise<void> {
  const supervisor = await supervisorOf(place, scriptFile);
  const releases = (await supervisor?.service(place.serviceName))?.releases ?? [];
  const commands = releases.filter(({ id }) => isCommand(id) && (releaseId === undefined || id.startsWith(releaseId)));
  await Promise.all(commands.map(({ id }) => supervisor?.stopRelease(place.serviceName, id, 0)));
  if (releaseId === undefined) return; // the service's directory goes
  for (const name of COMMAND_NAMES) await place.host.remove(commandOutput(place, releaseId, name));
}

/** Null when the supervisor does not know the command, or when none answers for long. */
async function lookUp(
  ctx: ReleaseContext,
  id: string,
): Promise<{ supervisor: SupervisorClient; status: ReleaseStatus } | null> {
  const running = await askPatiently(ctx);
  const service = running && serviceAmong(running.services, ctx);
  const status = service?.releases.find((release) => release.id === id);
  return running && status ? { supervisor: running.supervisor, status } : null;
}

async function askPatiently(ctx: ReleaseContext): ReturnType<typeof askSupervisor> {
  for (const startedMs = performance.now(); ; await sleep(POLL_MS.most, undefined, { signal: ctx.signal })) {
    const running = await askSupervisor(ctx);
    if (running || performance.now() - startedMs > SILENCE_MS) return running;
  }
}

/** Reads a growing file that no service can name. */
class OutputFile {
  readonly #host: Host;
  readonly #path: string;
  readonly #splitter: LineSplitter;
  #read = 0;
  exists = false;

  constructor(host: Host, path: string, onOutput: OnOutput) {
    this.#host = host;
    this.#path = path;
    this.#splitter = new LineSplitter((text, goesOn) => onOutput(text, "stdout", goesOn), {
      partialAfterMs: PARTIAL_AFTER_MS,
    });
  }

  async readOn(): Promise<void> {
    const found = await this.#host.stat(this.#path);
    this.exists ||= found !== null;
    if (found === null || found.size <= this.#read) return;
    const chunks = await this.#host.openRead(this.#path, { start: this.#read, end: found.size - 1 });
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      this.#read += chunk.length;
      this.#splitter.write(chunk);
    }
  }

  end(): void {
    this.#splitter.end();
  }
}
