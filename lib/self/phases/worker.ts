import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { type Container, isHealthy, lastLines } from "../containers";
import { adoptRelease } from "../files";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";
import { putBackFiles } from "./files";

const PATIENCE_MS = 60_000;
const EVERY_MS = 1_000;

/** The new worker takes over what the old one runs: that ends each deployment between two steps and hands it on. */
export const workerPhase: UpdatePhase = {
  key: "worker",
  title: "Worker",
  repeatable: true,
  async run(ctx) {
    const { installation, release, files, signal } = ctx;
    if (await servingNow(ctx)) {
      await adoptRelease(installation, { release, files }, await nextSlot(ctx));
      await installation.compose(["up", "--detach", "--no-deps", "worker"], { signal });
    }
    await untilWell(ctx);
    return undefined;
  },
  async undo(ctx) {
    if (!(await servingNow(ctx))) return;
    await putBackFiles(ctx);
    await ctx.installation.compose(["up", "--detach", "--no-deps", "worker"], { signal: ctx.signal });
  },
};

async function untilWell(ctx: UpdateContext): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const engine = await ctx.installation.engine();
  for (;;) {
    const worker = await runningWorker(ctx);
    if (await isHealthy(engine, worker, ctx.signal)) return;
    if (performance.now() > deadline)
      throw new Problem("health-failed", {
        detail: `the worker is not well after ${PATIENCE_MS / 1_000} s\n${await lastLines(engine, worker.id, ctx.signal)}`,
      });
    await sleep(EVERY_MS, undefined, { signal: ctx.signal });
  }
}

async function runningWorker({ installation, signal }: UpdateContext): Promise<Container> {
  const [worker] = await installation.containers("worker", signal);
  if (worker?.isRunning && worker.restarts === 0) return worker;
  throw new Problem("service-exited", {
    params: { exitCode: worker?.exitCode ?? "unknown" },
    detail: worker ? await lastLines(await installation.engine(), worker.id, signal) : "there is no worker",
  });
}
