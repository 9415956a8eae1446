import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { askHealth, type HealthAnswer } from "../ask-health";
import { type Container, CPU_SHARES, findContainer, isHealthy, lastLines, setCpuShares } from "../containers";
import { nextSlot, type UpdateContext, type UpdatePhase } from "../update";
import { warmUp } from "../warm-up";

const WEB_PORT = 3000;
const EVERY_MS = 500;
const GOOD_IN_A_ROW = 5;

/** The new web server, asked directly, before anybody is sent to it. */
export const verifyPhase: UpdatePhase = {
  key: "verify",
  title: "Verify",
  repeatable: true,
  async run(ctx) {
    const web = await newWeb(ctx);
    const { version } = await untilGood(ctx, web);
    if (version !== ctx.release.version)
      throw new Problem("health-failed", { detail: `it says that it is ${version}, not ${ctx.release.version}` });
    ctx.progress({ detail: "warming up" });
    if (web.address) await warmUp(ctx.host, { host: web.address, port: WEB_PORT }, ctx.signal);
    await setCpuShares(await ctx.installation.engine(), web.id, CPU_SHARES.usual, ctx.signal);
    return { detail: `${GOOD_IN_A_ROW} good answers, version ${version}` };
  },
};

/** The container in the new slot. Throws `start-failed` when there is none, or several. */
export async function newWeb(ctx: UpdateContext): Promise<Container> {
  const slot = await nextSlot(ctx);
  const [web, ...others] = await ctx.installation.websIn(slot, ctx.signal);
  if (web && others.length === 0) return web;
  throw new Problem("start-failed", {
    detail: `there are ${web ? others.length + 1 : "no"} web servers in the slot ${slot}`,
  });
}

async function untilGood(ctx: UpdateContext, web: Container): Promise<HealthAnswer> {
  const deadline = performance.now() + ctx.healthTimeoutMs;
  const engine = await ctx.installation.engine();
  let good = 0;
  for (;;) {
    const container = await stillRunning(ctx, web.id);
    const answer = await askDirectly(ctx, container);
    good = answer.ok && (await isHealthy(engine, container, ctx.signal)) ? good + 1 : 0;
    if (good >= GOOD_IN_A_ROW) return answer;
    ctx.progress({ detail: answer.ok ? `${good} of ${GOOD_IN_A_ROW} good answers` : `it says: ${answer.said}` });
    if (performance.now() > deadline) throw await notHealthy(ctx, web.id, answer);
    await sleep(EVERY_MS, undefined, { signal: ctx.signal });
  }
}

async function stillRunning(ctx: UpdateContext, id: string): Promise<Container> {
  const engine = await ctx.installation.engine();
  const container = await findContainer(engine, id, ctx.signal);
  if (container?.isRunning && container.restarts === 0) return container;
  throw new Problem("service-exited", {
    params: { exitCode: container?.exitCode ?? "unknown" },
    detail: await lastLines(engine, id, ctx.signal),
  });
}

export function askDirectly({ host, signal }: UpdateContext, { address }: Container): Promise<HealthAnswer> {
  if (address === null) return Promise.resolve({ ok: false, said: "no address yet", version: null, bornMs: null });
  return askHealth(host, { address: { host: address, port: WEB_PORT }, signal });
}

async function notHealthy(ctx: UpdateContext, id: string, { ok, said }: HealthAnswer): Promise<Problem> {
  const lines = await lastLines(await ctx.installation.engine(), id, ctx.signal);
  const why = ok ? "its own health check fails" : `its last answer was ${said}`;
  return new Problem("health-failed", { detail: `after ${ctx.healthTimeoutMs / 1_000} s ${why}\n${lines}` });
}
