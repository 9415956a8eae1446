import { Problem } from "@/lib/contracts/problem";
import { bytes } from "@/lib/drivers/quantity";
import { docker } from "../containers";
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
  const version = await docker(host, ["version", "--format", "{{.Server.Version}}"], signal);
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
async function freeBytes({ host, installation, signal }: UpdateContext): Promise<number> {
  const images = await docker(host, ["info", "--format", "{{.DockerRootDir}}"], signal);
  const free = await Promise.all([images, installation.layout.directory].map((path) => host.diskFreeBytes(path)));
  return Math.min(...free);
}

async function hasImage({ host, release, signal }: UpdateContext): Promise<boolean> {
  const { exitCode } = await host.run({ args: ["docker", "image", "inspect", release.image] }, { signal });
  return exitCode === 0;
}
