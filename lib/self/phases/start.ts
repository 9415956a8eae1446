import { Problem } from "@/lib/contracts/problem";
import { CPU_SHARES, isHealthy, lastLines, removeContainer, setCpuShares } from "../containers";
import { releaseFileOf } from "../files";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";

const PATIENCE_SECONDS = 10;

/** The new web server beside the one that serves; on a server where nothing does, everything at once. */
export const startPhase: UpdatePhase = {
  key: "start",
  title: "Start",
  repeatable: true,
  deadlineMs: 15 * 60_000,
  async run(ctx) {
    const { installation, release, signal } = ctx;
    if (!(await servingNow(ctx))) return startAll(ctx);
    await removeOthers(ctx);
    const before = await installation.containers("web", signal);
    const beside = ["--detach", "--no-deps", "--no-recreate", "--scale", `web=${before.length + 1}`, "web"];
    await installation.compose(["up", ...beside], {
      signal,
      releaseFile: releaseFileOf(installation, release.timestamp),
    });
    const slot = await nextSlot(ctx);
    // It compiles while it starts: on a small server people would wait for the one that serves.
    const engine = await installation.engine();
    for (const { id } of await installation.websIn(slot, signal))
      await setCpuShares(engine, id, CPU_SHARES.behind, signal);
    return { detail: `in the slot ${slot}` };
  },
  async undo(ctx) {
    if (await servingNow(ctx)) await removeOthers(ctx);
    // Networks too, so that nothing of a first install that failed is left; data stays in its volumes.
    else await ctx.installation.compose(["down"], { signal: ctx.signal });
  },
};

/** What is in no use: of a run that was cut off, or of this one. Refuses to take what Caddy sends requests to. */
async function removeOthers(ctx: UpdateContext): Promise<void> {
  const { installation, signal } = ctx;
  const slot = await nextSlot(ctx);
  if ((await installation.liveSlot()) === slot)
    throw new Problem("undo-failed", { detail: `the slot ${slot} has the traffic` });
  const engine = await installation.engine();
  for (const { id } of await installation.websIn(slot, signal)) {
    await removeContainer(engine, id, PATIENCE_SECONDS, signal);
  }
}

async function startAll(ctx: UpdateContext) {
  const { installation, host, signal } = ctx;
  const onLine = (line: string) => ctx.progress({ detail: line.trim() });
  try {
    await installation.compose(["up", "--detach"], { signal, onLine });
  } catch (cause) {
    throw cause instanceof Problem && cause.code === "command-failed" ? await firstFailure(ctx, cause) : cause;
  }
  const [migrate] = await installation.containers("migrate", signal);
  if (migrate) ctx.note(`The first sign-in was printed by migrate, on ${host.label}: docker logs ${migrate.name}`);
  return { detail: "everything" };
}

/** Compose says that something failed; why is in the log of what failed. */
async function firstFailure({ installation, release, signal }: UpdateContext, cause: Problem): Promise<Problem> {
  const engine = await installation.engine();
  const failed = (await installation.containers("migrate", signal)).findLast(({ exitCode }) => exitCode !== 0);
  if (failed) {
    const detail = await lastLines(engine, failed.id, signal);
    return new Problem("migration-failed", { params: { migration: release.version }, detail, cause });
  }
  const [web] = await installation.containers("web", signal);
  if (!web || (web.isRunning && (await isHealthy(engine, web, signal)))) return cause;
  return new Problem("health-failed", { detail: await lastLines(engine, web.id, signal), cause });
}
