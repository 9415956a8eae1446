import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { bytes } from "@/lib/drivers/quantity";
import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import { unlessRefused } from "@/lib/platform/docker/engine-problem";
import { readableTime } from "../release";
import type { UpdateContext, UpdatePhase } from "../update";

const KEPT_LINES = 15;

/** An image of the clone, made by this machine's Docker; steps whose files have not changed come from its cache. */
export const buildPhase: UpdatePhase = {
  key: "build",
  title: "Build",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const here = new LocalHost();
    await build(ctx, here);
    const image = (await openEngine(here)).getImage(ctx.release.image);
    const { Size: size } = await image.inspect();
    return { detail: `${ctx.release.image}, ${bytes(size)}` };
  },
  async undo({ release, signal }) {
    const image = (await openEngine(new LocalHost())).getImage(release.image);
    await unlessRefused(image.remove({ noprune: true, abortSignal: signal }));
  },
};

async function build(ctx: UpdateContext, here: LocalHost): Promise<void> {
  const said: string[] = [];
  const onLine = (line: string) => {
    ctx.progress({ detail: line.trim() });
    said.push(line);
    if (said.length > KEPT_LINES) said.shift();
  };
  const args = buildCommand(ctx);
  const { exitCode } = await here.run({ args, cwd: ctx.clone.root }, { signal: ctx.signal, onLine, keepBytes: 0 });
  if (exitCode !== 0)
    throw new Problem("build-failed", { params: { command: "docker build" }, detail: said.join("\n") });
}

export function buildCommand({ release, clone }: Pick<UpdateContext, "release" | "clone">): [string, ...string[]] {
  const { version, commit, image, timestamp } = release;
  const created = readableTime(timestamp).replace(/^(\S+) (\S+) UTC$/, "$1T$2Z");
  const given = { ...clone.buildArguments, VERSION: version, COMMIT: commit ?? "unknown", CREATED: created };
  return [
    ...(["docker", "build", "--file", join(clone.root, "Dockerfile.prod"), "--tag", image] as const),
    ...Object.entries(given).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    clone.root,
  ];
}
