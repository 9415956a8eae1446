import { Problem } from "@/lib/contracts/problem";
import { exportLines } from "@/lib/hosts/command";
import type { NamedPhase, PhaseContext } from "../driver";
import { duration } from "../quantity";
import { releaseLayout } from "../release-layout";
import { PlanSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import { detect } from "./detect";
import { readEnvironment, writeEnvironment } from "./release-environment";
import { releaseSource } from "./release-source";

const DETAIL_LINES = 10;

/** Dependencies, then the source's build, in the release's own directory: nothing that runs is touched. */
export const buildPhase: NamedPhase = {
  key: "build",
  // Installing starts over each time; a build command is run again as any CI would run it again.
  repeatable: true,
  async run(ctx) {
    if (ctx.kind === "rollback") return { skipped: true };
    const plan = await detect(releaseSource(ctx), settingsOf(PlanSettings, ctx));
    const commands = [...plan.install, ...(plan.build === null ? [] : [plan.build])];
    if (commands.length === 0) return { detail: "nothing to build" };
    await writeEnvironment(ctx, plan);
    const started = performance.now();
    for (const command of commands) await runStep(ctx, command);
    return { detail: `${commands.join(", then ")} (${duration(performance.now() - started)})` };
  },
  // What it made is in the release's directory, which Transfer takes away; the environment file goes here.
  async undo(ctx) {
    if (ctx.kind === "deploy") await ctx.host.remove(releaseLayout(ctx, ctx.release.id).environment);
  },
};

async function runStep(ctx: PhaseContext, command: string): Promise<void> {
  ctx.log(`$ ${command}`);
  ctx.progress({ detail: command });
  // What the service will run with: some builds put values into what they make.
  const environment = await readEnvironment(ctx, ctx.release.id);
  const { exitCode, signal, stdout, stderr } = await ctx.host.run(
    // Nice: a build must not starve what runs. The values reach the shell through its input, never a command line.
    { args: ["nice", "-n", "10", "sh", "-s", "--", command], cwd: releaseLayout(ctx, ctx.release.id).directory },
    {
      signal: ctx.signal,
      stdin: `${exportLines(environment)}exec sh -c "$1" </dev/null\n`,
      onLine: (line, stream) => ctx.log(line, stream),
      keepBytes: 16_384,
    },
  );
  if (exitCode === 0) return;
  const lines = (stderr.trim() || stdout.trim()).split("\n").slice(-DETAIL_LINES);
  throw new Problem("build-failed", {
    params: { command, exitCode: exitCode ?? String(signal) },
    detail: lines.join("\n"),
  });
}
