import { Problem } from "@/lib/contracts/problem";
import { CPU_SHARES, isHealthy, lastLines, removeContainer, setCpuShares } from "../containers";
import { releaseFileOf } from "../release-files";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";

/**
 * Migrates the database to the new version's schema while the old version is live. Migrations only add (expand), or
 * remove what no version in use reads any more (contract), so nothing has to be reverted when a later phase fails.
 */
export const migratePhase: UpdatePhase = {
  key: "migrate",
  title: "Migrate",
  repeatable: true,
  async run(ctx) {
    const { installation, release, signal } = ctx;
    if (!(await servingNow(ctx))) return { skipped: true, detail: "with the first start" };
    const onLine = (line: string) => ctx.progress({ detail: line.trim() });
    const releaseFile = releaseFileOf(installation, release.timestamp);
    try {
      await installation.compose(["run", "--rm", "-T", "--no-deps", "migrate"], { signal, releaseFile, onLine });
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.code !== "command-failed") throw cause;
      throw new Problem("migration-failed", { params: { migration: release.version }, detail: cause.detail, cause });
    }
    return undefined;
  },
};

const PATIENCE_SECONDS = 10;

/** Starts the new web server beside the live one; if nothing is live, everything together. */
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
    // It compiles code while it starts, and on a small server that would slow the live one down.
    const engine = await installation.engine();
    for (const { id } of await installation.websIn(slot, signal))
      await setCpuShares(engine, id, CPU_SHARES.behind, signal);
    return { detail: `in the slot ${slot}` };
  },
  async undo(ctx) {
    if (await servingNow(ctx)) await removeOthers(ctx);
    // Removes the networks too, so that nothing of a failed first install is left but data in volumes.
    else await ctx.installation.compose(["down"], { signal: ctx.signal });
  },
};

/** Removes the web servers of the free slot, of this update or an interrupted one. Refuses if that slot has the traffic. */
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

/** Compose only reports that a container failed; the cause is in that container's log. */
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
