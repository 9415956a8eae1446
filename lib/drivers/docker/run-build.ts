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

/** Of 1,024 that a container has: where the CPU is short, what serves goes first. */
const CPU_SHARES = 128;
/** As the builders say it: "Step 2/5 : RUN make" and "#7 [build 2/5] RUN make". */
const STEP = /^(?:Step \d+\/\d+ : |#\d+ \[[^\]]*\d+\/\d+\] )(.+)$/;
/** More stages than any Dockerfile has: a program in RUN may print such lines as well, and each costs a request. */
const MOST_STAGES = 100;
/** The older builder says which image a step ended with. */
const STEP_IMAGE = /^ ---> ([0-9a-f]{12})$/;
/** The newer builder takes steps beside each other, and says which one a line is of, and that one has ended well. */
const STEP_LINE = /^#(\d+) (DONE|CACHED|CANCELED)?/;

/**
 * Its first arguments are the mark for the containers of a build, and the network for them. Only the older builder has such
 * containers; for the newer one a mark would be a reason to do every step again, and it has one network. Which of them builds is
 * said, so that no setting of the daemon's decides otherwise.
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
 * Argument: a folder, which becomes one of settings for Docker's command with the host's own plugins. Prints the host's
 * own settings.
 */
const WITHOUT_SIGN_INS = `
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
  /** Whose containers may not ask the host's metadata address; the builder's own when absent. */
  network?: string;
}

/**
 * Builds a directory of the host into an image of this tag. It is the one thing that is asked of Docker's own command
 * and not of its API (docs/decisions/0009): the context stays on the host, and the builder is the one its owner has.
 * Its output is for people; what came of it is looked up by the tag. Answers the images of the other stages, which the
 * older builder leaves without a name and the newer one does not make. Throws `build-failed`.
 */
export async function runBuild(
  ctx: PhaseContext,
  host: Host,
  { directory, tag, settings, network = "" }: BuildOptions,
): Promise<readonly string[]> {
  const { dockerfile, stage, buildArgs } = settings;
  const options = [
    ...[ownImage(ctx, ctx.release.id), tag].flatMap((name) => ["--tag", name]),
    // Whole, and not by their names: a variable of a member's choosing (LD_PRELOAD, DOCKER_CONFIG) would be root's command's.
    ...Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(stage === undefined ? [] : ["--target", stage]),
    ...["--file", join(directory, dockerfile), "--cpu-shares", String(CPU_SHARES), "--force-rm"],
  ];
  const config: Record<string, string> = ctx.isConfined ? { DOCKER_CONFIG: await withoutSignIns(ctx, host) } : {};
  ctx.log(`$ docker build --tag ${tag}`);
  const lines = new BuildLines(ctx);
  const { exitCode, signal } = await host.run(
    {
      args: ["sh", "-s", "--", buildMark(ctx.release.id), network, ...options, directory],
      // The daemon's own builder, whichever one was chosen for people; and an image, not an index of one.
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

/** A folder of settings that have of the host's own its proxies, and nothing that signs in. */
async function withoutSignIns({ base, signal }: PhaseContext, host: Host): Promise<string> {
  const folder = join(base, ".docker");
  const args = ["sh", "-c", WITHOUT_SIGN_INS, "sh", folder] as const;
  const { exitCode, stdout, stderr } = await host.run({ args }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "cat" }, detail: stderr.trim() });
  await host.writeFile(join(folder, "config.json"), JSON.stringify(settingsIn(stdout)), { mode: 0o600 });
  return folder;
}

function settingsIn(text: string): z.infer<typeof HostSettings> {
  try {
    return HostSettings.parse(JSON.parse(text || "{}"));
  } catch {
    return {}; // Docker goes on without settings that it cannot read, too
  }
}

/** Passes the output on, and listens for the step and for what goes wrong in it. */
class BuildLines {
  step = "docker build";
  /** The last image of each stage that has ended and had a step of its own. */
  readonly stages = new Set<string>();
  readonly #ctx: PhaseContext;
  /** Of the steps that have not ended well: what one that did had to say is no cause. */
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
