import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import * as z from "zod";
import { verbatim } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { ENGINE_SOCKET } from "@/lib/platform/docker/engine";
import { type Cause, CauseFinder, failedBy } from "../cause";
import type { PhaseContext } from "../driver";
import { buildMark, ownImage } from "./names";
import type { DockerSettings } from "./settings";

/** Of the 1,024 that a container has: when the CPU is busy, live services come first. */
const CPU_SHARES = 128;
/** The lines of the two builders: "Step 2/5 : RUN make" and "#7 [build 2/5] RUN make". */
const STEP = /^(?:Step \d+\/\d+ : |#\d+ \[[^\]]*\d+\/\d+\] )(.+)$/;
/** More than any Dockerfile has: a program in RUN may print such lines too, and each costs a request. */
const MOST_STAGES = 100;
/** The older builder prints the image that a step ended with. */
const STEP_IMAGE = /^ ---> ([0-9a-f]{12})$/;
/** BuildKit runs steps concurrently, and prints the step of a line and whether it succeeded. */
const STEP_LINE = /^#(\d+) (DONE|CACHED|CANCELED)?/;

/**
 * The first arguments are the mark and the network for the containers of a build. Only the older builder has such containers:
 * with BuildKit a new mark would invalidate every cached step, and the network is always the default one. The builder is
 * named, so that no setting of the daemon chooses another.
 */
const BUILD = `
mark=$1 network=$2
shift 2
DOCKER_BUILDKIT=0
if docker buildx version >/dev/null 2>&1; then DOCKER_BUILDKIT=1 mark= network=; fi
export DOCKER_BUILDKIT
set -- \${mark:+"--add-host=$mark:127.0.0.1"} \${network:+"--network=$network"} "$@"
exec docker --host unix://${ENGINE_SOCKET} build "$@" </dev/null
`;

/**
 * Argument: a folder, which becomes a configuration folder for the docker command with the host's plugins. Prints the host's
 * configuration.
 */
const WITHOUT_CREDENTIALS = `
set -eu
own=\${DOCKER_CONFIG:-\${HOME:-/root}/.docker}
umask 077
mkdir -p -- "$1"
[ ! -d "$own/cli-plugins" ] || ln -sfn -- "$own/cli-plugins" "$1/cli-plugins"
[ ! -f "$own/config.json" ] || cat -- "$own/config.json"
`;

interface BuildOptions {
  directory: string;
  tag: string;
  settings: DockerSettings;
  /** A network in which the host's metadata address is closed; the builder's own when absent. */
  network?: string;
  /** Runs every step, also those in the builder's cache. */
  rebuild?: boolean | undefined;
}

/**
 * Builds a directory of the host into an image with this tag. It uses the docker command and not the API
 * (docs/decisions/0009): the context stays on the host, and its owner's builder is used. Returns the ids of the other
 * stages' images, which the older builder leaves without a name; BuildKit has none. Throws `build-failed`.
 */
export async function runBuild(
  ctx: PhaseContext,
  host: Host,
  { directory, tag, settings, network = "", rebuild }: BuildOptions,
): Promise<readonly string[]> {
  const { dockerfile, stage, buildArgs } = settings;
  const options = [
    ...[ownImage(ctx, ctx.release.id), tag].flatMap((name) => ["--tag", name]),
    // With the values: by name alone they would have to be in the environment of root's command, as LD_PRELOAD for example.
    ...Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(stage === undefined ? [] : ["--target", stage]),
    ...(rebuild ? ["--no-cache"] : []),
    ...["--file", join(directory, dockerfile), "--cpu-shares", String(CPU_SHARES), "--force-rm"],
  ];
  const config: Record<string, string> = ctx.isConfined ? { DOCKER_CONFIG: await withoutCredentials(ctx, host) } : {};
  ctx.log(`$ docker build --tag ${tag}`);
  const lines = new BuildLines(ctx);
  const { exitCode, signal } = await host.run(
    {
      args: ["sh", "-s", "--", buildMark(ctx.release.id), network, ...options, directory],
      // The daemon's own builder, whichever one people use; and a plain image, not an index with attestations.
      env: { BUILDX_BUILDER: "default", BUILDX_NO_DEFAULT_ATTESTATIONS: "1", ...config },
    },
    {
      signal: ctx.signal,
      stdin: BUILD,
      onLine: (line, stream, goesOn) => lines.take(line, stream, goesOn),
      partialAfterMs: PARTIAL_AFTER_MS,
      keepBytes: 0,
    },
  );
  if (exitCode === 0) return [...lines.stages];
  throw failedBy(lines.cause, "build-failed", { command: lines.step, exitCode: exitCode ?? String(signal) });
}

const HostSettings = z.object({ proxies: z.json().optional() });

/** A configuration folder for docker with the host's proxies and without its credentials. */
async function withoutCredentials({ base, signal }: PhaseContext, host: Host): Promise<string> {
  const folder = join(base, ".docker");
  const args = ["sh", "-c", WITHOUT_CREDENTIALS, "sh", folder] as const;
  const { exitCode, stdout, stderr } = await host.run({ args }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "cat" }, detail: stderr.trim() });
  await host.writeFile(join(folder, "config.json"), JSON.stringify(settingsIn(stdout)), { mode: 0o600 });
  return folder;
}

function settingsIn(text: string): z.infer<typeof HostSettings> {
  try {
    return HostSettings.parse(JSON.parse(text || "{}"));
  } catch {
    return {}; // as docker does with a configuration that it cannot read
  }
}

/** Logs the output, and finds in it the current step, the stages' images and the cause of a failure. */
class BuildLines {
  step = "docker build";
  /** The last image of each finished stage that had a step of its own. */
  readonly stages = new Set<string>();
  readonly #ctx: PhaseContext;
  /** Of the steps that have not succeeded: the output of a successful step is no cause. */
  readonly #causes = new Map<string, CauseFinder>();
  #hasStep = false;
  #image: string | null = null;

  constructor(ctx: PhaseContext) {
    this.#ctx = ctx;
  }

  take(line: string, stream: "stdout" | "stderr", goesOn: boolean): void {
    this.#listen(line, this.#ctx.log(line, stream, goesOn));
    const image = STEP_IMAGE.exec(line)?.[1];
    if (image !== undefined && this.#hasStep) this.#image = image;
    const step = STEP.exec(stripVTControlCharacters(line))?.[1];
    if (step === undefined) return;
    this.#hasStep = !/^FROM\s/i.test(step);
    if (!this.#hasStep && this.#image !== null) {
      if (this.stages.size < MOST_STAGES) this.stages.add(this.#image);
      this.#image = null;
    }
    this.step = step;
    this.#ctx.progress({ facts: [verbatim(step)] });
  }

  get cause(): Cause | null {
    const finders = [...this.#causes.values()];
    return finders.find(({ known }) => known !== null)?.known ?? finders.at(-1)?.found ?? null;
  }

  #listen(line: string, number: number): void {
    const text = stripVTControlCharacters(line);
    const [, step = "", ended] = STEP_LINE.exec(text) ?? [];
    if (ended !== undefined) return void this.#causes.delete(step);
    if (/^Step \d+\/\d+ : /.test(text)) this.#causes.clear();
    const causes = this.#causes.get(step) ?? new CauseFinder();
    this.#causes.set(step, causes);
    causes.take(line, number);
  }
}
