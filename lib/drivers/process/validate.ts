import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { diskFull } from "../phases/transfer";
import { resolveSource } from "../phases/validate-source";
import { bytes } from "../quantity";
import { releaseLayout } from "../release-layout";
import { detect, type Plan, type ReadSource } from "./detect";
import { releaseSource } from "./release-source";
import { type ProcessSettings, settingsOf } from "./settings-of";
import { findSupervisor } from "./supervisor-client";

/** Below this a build or a log would soon fill the disk for everybody on the host. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    const settings = settingsOf(ctx);
    const plan = ctx.kind === "rollback" ? await planOfRelease(ctx, settings) : await planOfSource(ctx, settings);
    await checkTools(ctx, plan);
    const free = await checkDisk(ctx);
    await checkPort(ctx);
    ctx.log(`starts with: ${plan.start}`);
    return { detail: `port ${ctx.spec.port}, ${bytes(free)} free` };
  },
};

async function planOfSource(ctx: PhaseContext, settings: ProcessSettings): Promise<Plan> {
  return detect(folderSource(await resolveSource(ctx)), settings);
}

function folderSource(folder: string): ReadSource {
  return async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
      isAbsent(error) ? null : Promise.reject(error),
    );
    return found?.isFile() ? readFile(path, "utf8") : null;
  };
}

function isAbsent({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

async function planOfRelease(ctx: PhaseContext, settings: ProcessSettings): Promise<Plan> {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  if ((await ctx.host.stat(directory)) === null)
    throw new Problem("release-gone", { params: { releaseId: ctx.release.id } });
  return detect(releaseSource(ctx), settings);
}

/** One command for all of them; `command` answers with nothing for what is missing. */
async function checkTools(ctx: PhaseContext, { tools, install }: Plan): Promise<void> {
  const needed = [...new Set(tools)];
  if (needed.length === 0) return;
  const script = 'for tool; do command -v "$tool" >/dev/null || printf "%s\\n" "$tool"; done';
  const { stdout } = await ctx.host.run({ args: ["sh", "-c", script, "sh", ...needed] }, { signal: ctx.signal });
  const [missing] = stdout.split("\n");
  if (missing) throw new Problem("tool-missing", { params: { tool: missing } });
  if (install.some((command) => command.includes("venv"))) await checkVenv(ctx);
}

/** Debian ships it apart from Python, and without it the failure comes late and unclear. */
async function checkVenv(ctx: PhaseContext): Promise<void> {
  const { exitCode } = await ctx.host.run(
    { args: ["python3", "-c", "import venv, ensurepip"] },
    { signal: ctx.signal },
  );
  if (exitCode !== 0) throw new Problem("tool-missing", { params: { tool: "python3-venv" } });
}

async function checkDisk(ctx: PhaseContext): Promise<number> {
  const free = await ctx.host.diskFreeBytes(ctx.base);
  if (free < MIN_FREE_BYTES) throw diskFull(free, MIN_FREE_BYTES);
  return free;
}

/** Free, or held by this service already: then the new release takes it over. */
async function checkPort(ctx: PhaseContext): Promise<void> {
  const { port } = ctx.spec;
  const service = await (await findSupervisor(ctx))?.service(ctx.serviceName);
  if (service?.port === port) return;
  const taken = await Promise.all(["127.0.0.1", "::1"].map((host) => answers(ctx, { host, port })));
  if (taken.includes(true)) throw new Problem("port-in-use", { params: { port } });
}

async function answers(ctx: PhaseContext, address: { host: string; port: number }): Promise<boolean> {
  try {
    (await ctx.host.connect(address, ctx.signal)).destroy();
    return true;
  } catch {
    // Refused, or no such address family here: nothing listens.
    ctx.signal.throwIfAborted();
    return false;
  }
}
