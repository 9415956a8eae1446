import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "../driver";
import { resolveSource } from "../phases/validate-source";
import type { PlanSettings } from "../setting-shapes";
import { detect, type Plan, type ReadSource } from "./detect";
import { releaseSource } from "./release-source";

/** How the release will be built and started, with every tool for it on the host; for what runs from its files. */
export async function validatePlan(ctx: PhaseContext, settings: PlanSettings): Promise<Plan> {
  const plan = ctx.kind === "rollback" ? await detect(releaseSource(ctx), settings) : await planOfSource(ctx, settings);
  await checkTools(ctx, plan);
  ctx.log(`starts with: ${plan.start}`);
  return plan;
}

async function planOfSource(ctx: PhaseContext, settings: PlanSettings): Promise<Plan> {
  return detect(folderSource(await resolveSource(ctx)), settings);
}

/** The files of a folder on this machine. */
export function folderSource(folder: string): ReadSource {
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
