import { Problem } from "@/lib/contracts/problem";
import { bytes } from "@/lib/drivers/quantity";
import { unless } from "@/lib/platform/docker/engine-problem";
import { findUnmakeable } from "../secrets";
import type { UpdateContext, UpdatePhase } from "../update";

/** An image, its packed copy and what unpacking needs. */
const NEEDED_BYTES = 2_000_000_000;

/** Everything that would make a later phase fail, looked at before anything is touched. All that is wrong is said at once. */
export const checkPhase: UpdatePhase = {
  key: "check",
  title: "Check",
  repeatable: true,
  async run(ctx) {
    const complaints = await ctx.clone.complaints();
    const { installation, signal } = ctx;
    const detail = await lookAt(ctx, complaints).catch((cause) => {
      if (!(cause instanceof Problem) || cause.code !== "cannot-update") throw cause;
      complaints.push(cause.detail ?? "");
      return "";
    });
    if (complaints.length > 0) throw new Problem("cannot-update", { detail: complaints.join("\n") });
    await installation.present(signal);
    return { detail };
  },
};

async function lookAt(ctx: UpdateContext, complaints: string[]): Promise<string> {
  const { installation, host, signal } = ctx;
  const tool = await installation.tool(signal);
  const engine = await installation.engine();
  const { Version: version } = await engine.version();
  const free = await freeBytes(ctx);
  if (free < NEEDED_BYTES && ctx.kind === "deploy")
    complaints.push(`${host.label} has ${bytes(free)} free, and a release needs ${bytes(NEEDED_BYTES)}.`);
  const missing = await findUnmakeable(installation, ctx.files);
  if (missing.length > 0)
    complaints.push(`These files are missing in ${installation.layout.directory}/secrets: ${missing.join(", ")}.`);
  if (ctx.kind === "rollback" && !(await hasImage(ctx)))
    complaints.push(`The image ${ctx.release.image} is not on ${host.label} any more.`);
  return `Docker ${version}, ${tool.join(" ")}, ${bytes(free)} free`;
}

/** Where Docker keeps its images or where the installation lies, whichever has less. */
async function freeBytes({ host, installation }: UpdateContext): Promise<number> {
  const { DockerRootDir } = await (await installation.engine()).info();
  const free = await Promise.all(
    [DockerRootDir as string, installation.layout.directory].map((path) => host.diskFreeBytes(path)),
  );
  return Math.min(...free);
}

async function hasImage({ installation, release }: UpdateContext): Promise<boolean> {
  const image = (await installation.engine()).getImage(release.image);
  return (await unless([404], image.inspect())) !== null;
}
