import { fact, verbatim } from "@/lib/contracts/fact";
import { exportLines } from "@/lib/hosts/command";
import { PARTIAL_AFTER_MS } from "@/lib/hosts/line-splitter";
import { CauseFinder, failedBy } from "../cause";
import type { NamedPhase, PhaseContext } from "../driver";
import { releaseLayout } from "../release-layout";
import { PlanSettings } from "../setting-shapes";
import { settingsOf } from "../settings-of";
import { detect } from "./detect";
import { readEnvironment, writeEnvironment } from "./release-environment";
import { type Cage, releaseSource } from "./release-source";
import { buildKey, completeRestore, keepBuild, restoreBuild } from "./restore-build";

/** Installs dependencies, then runs the source's build, in the release's own directory: running releases are not affected. */
export function buildPhase(cage: Cage): NamedPhase {
  return {
    key: "build",
    // Installing starts over each time; a build command must allow another run, as in any CI. A restored build appears whole.
    repeatable: true,
    async run(ctx) {
      if (ctx.kind === "rollback") return { skipped: true };
      await completeRestore(ctx);
      const plan = await detect(releaseSource(ctx, cage.look), settingsOf(PlanSettings, ctx));
      const installing = plan.install.map((command) => ({ command, installs: true }));
      const steps = [...installing, ...(plan.build === null ? [] : [{ command: plan.build, installs: false }])];
      if (steps.length === 0) return { facts: [fact("nothing-to-build")] };
      await writeEnvironment(ctx, plan);
      const started = performance.now();
      const took = () => performance.now() - started;
      const commands = steps.map(({ command }) => command);
      const key = await buildKey(ctx, cage, { plan, commands });
      const earlier = await restoreBuild(ctx, cage, key);
      if (earlier) return { facts: [fact("built-in", { deployment: `#${earlier.number}`, took: took() })] };
      for (const step of steps) await runStep(ctx, cage, step);
      await keepBuild(ctx, cage, key);
      return { facts: [fact("built", { commands: commands.join(" && "), took: took() })] };
    },
    // The results are in the release's directory, which Transfer removes. Only the environment file is removed here.
    async undo(ctx) {
      if (ctx.kind === "deploy") await ctx.host.remove(releaseLayout(ctx, ctx.release.id).environment);
    },
  };
}

interface Step {
  command: string;
  /** True for installing dependencies, whose scripts know nothing of the service. */
  installs: boolean;
}

/**
 * The environment that the service will run with, since some builds compile values in. Without NODE_OPTIONS, which may
 * load modules that are not installed yet; npm passes `npm_config_node_options` to the scripts it runs instead.
 */
export function stepEnvironment(
  { NODE_OPTIONS: options, ...environment }: Readonly<Record<string, string>>,
  { command, installs }: Step,
): Record<string, string> {
  // Husky would install Git hooks, which are useless on a host.
  if (installs) return { ...environment, HUSKY: "0" };
  if (options === undefined) return environment;
  const isRunByNpm = /^\s*(npm|npx)\b/.test(command);
  return { ...environment, [isRunByNpm ? "npm_config_node_options" : "NODE_OPTIONS"]: options };
}

async function runStep(ctx: PhaseContext, cage: Cage, step: Step): Promise<void> {
  const { command } = step;
  ctx.log(`$ ${command}`);
  ctx.progress({ facts: [verbatim(command)] });
  const environment = stepEnvironment(await readEnvironment(ctx, ctx.release.id), step);
  const causes = new CauseFinder();
  const { exitCode, signal } = await ctx.host.run(
    // Nice, so that a build does not slow down running services. Values go through the input, never a command line.
    {
      args: cage.build(ctx, ["nice", "-n", "10", "/bin/sh", "-s", "--", command]),
      cwd: releaseLayout(ctx, ctx.release.id).directory,
    },
    {
      signal: ctx.signal,
      stdin: `${exportLines(environment)}exec /bin/sh -c "$1" </dev/null\n`,
      onLine: (line, stream, goesOn) => causes.take(line, ctx.log(line, stream, goesOn)),
      partialAfterMs: PARTIAL_AFTER_MS,
      keepBytes: 0,
    },
  );
  if (exitCode === 0) return;
  throw failedBy(causes.found, "build-failed", { command, exitCode: exitCode ?? String(signal) });
}
