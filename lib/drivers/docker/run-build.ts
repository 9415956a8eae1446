import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { exportLines } from "@/lib/hosts/command";
import type { Host } from "@/lib/hosts/host";
import type { PhaseContext } from "../driver";
import { ENGINE_SOCKET } from "./engine";
import { buildMark, ownImage } from "./names";
import type { DockerSettings } from "./settings";

/** Of 1,024 that a container has: where the CPU is short, what serves goes first. */
const CPU_SHARES = 128;
const DETAIL_LINES = 10;
/** As the builders say it: "Step 2/5 : RUN make" and "#7 [build 2/5] RUN make". */
const STEP = /^(?:Step \d+\/\d+ : |#\d+ \[[^\]]*\d+\/\d+\] )(.+)$/;

/**
 * Its first argument is the mark for the containers of a build. Only the older builder has such containers; for the newer
 * one a mark would be a reason to do every step again. The values come through the input, once the command is settled:
 * their names may be any.
 */
const SETTLE = `
mark=$1
shift
if docker buildx version >/dev/null 2>&1; then mark=; fi
set -- "$(command -v docker)" --host unix://${ENGINE_SOCKET} build \${mark:+"--add-host=$mark:127.0.0.1"} "$@"
`;
const RUN = 'exec "$@" </dev/null\n';

/**
 * Builds a directory of the host into an image of this tag. It is the one thing that is asked of Docker's own command
 * and not of its API (docs/decisions/0009): the context stays on the host, and the builder is the one its owner has.
 * Its output is for people; what came of it is looked up by the tag. Throws `build-failed`.
 */
export async function runBuild(
  ctx: PhaseContext,
  host: Host,
  { directory, tag, settings }: { directory: string; tag: string; settings: DockerSettings },
): Promise<void> {
  const { dockerfile, buildArgs } = settings;
  const options = [
    ...[ownImage(ctx, ctx.release.id), tag].flatMap((name) => ["--tag", name]),
    ...Object.keys(buildArgs).flatMap((name) => ["--build-arg", name]),
    ...["--file", join(directory, dockerfile), "--cpu-shares", String(CPU_SHARES), "--force-rm"],
  ];
  ctx.log(`$ docker build --tag ${tag}`);
  const lines = new BuildLines(ctx);
  const { exitCode, signal } = await host.run(
    {
      args: ["sh", "-s", "--", buildMark(ctx.release.id), ...options, directory],
      // The daemon's own builder, whichever one was chosen for people; and an image, not an index of one.
      env: { BUILDX_BUILDER: "default", BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    },
    {
      signal: ctx.signal,
      stdin: SETTLE + exportLines(buildArgs) + RUN,
      onLine: (line, stream) => lines.take(line, stream),
      keepBytes: 0,
    },
  );
  if (exitCode === 0) return;
  throw new Problem("build-failed", {
    params: { command: lines.step, exitCode: exitCode ?? String(signal) },
    detail: lines.last.join("\n"),
  });
}

/** Passes the output on and keeps what a failure is told with. */
class BuildLines {
  step = "docker build";
  last: string[] = [];
  readonly #ctx: PhaseContext;

  constructor(ctx: PhaseContext) {
    this.#ctx = ctx;
  }

  take(line: string, stream: "stdout" | "stderr"): void {
    this.#ctx.log(line, stream);
    if (line.trim() === "") return;
    const plain = stripVTControlCharacters(line);
    this.last = [...this.last.slice(1 - DETAIL_LINES), plain];
    const step = STEP.exec(plain)?.[1];
    if (step === undefined) return;
    this.step = step;
    this.#ctx.progress({ detail: step });
  }
}
