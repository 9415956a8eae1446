import { setTimeout as sleep } from "node:timers/promises";
import { parseEnv } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { type Container, CPU_SHARES, findContainer, isHealthy, lastLines, setCpuShares } from "../containers";
import { askHealth, type HealthAnswer, isSameProcess, warmUp } from "../health";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";

const WEB_PORT = 3000;
const VERIFY_EVERY_MS = 500;
const GOOD_IN_A_ROW = 5;

/** Sends requests to the new web server directly, before it gets traffic. */
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

/** The container in the new slot. Throws `start-failed` if there is none, or several. */
async function newWeb(ctx: UpdateContext): Promise<Container> {
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
    await sleep(VERIFY_EVERY_MS, undefined, { signal: ctx.signal });
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

function askDirectly({ host, signal }: UpdateContext, { address }: Container): Promise<HealthAnswer> {
  if (address === null) return Promise.resolve({ ok: false, said: "no address yet", version: null, bornMs: null });
  return askHealth(host, { address: { host: address, port: WEB_PORT }, signal });
}

async function notHealthy(ctx: UpdateContext, id: string, { ok, said }: HealthAnswer): Promise<Problem> {
  const lines = await lastLines(await ctx.installation.engine(), id, ctx.signal);
  const why = ok ? "its own health check fails" : `its last answer was ${said}`;
  return new Problem("health-failed", { detail: `after ${ctx.healthTimeoutMs / 1_000} s ${why}\n${lines}` });
}

const HTTPS_PORT = 443;
const WATCH_EVERY_MS = 50;
/** How long the new web server has to answer without a failure, and how many times at least. */
const STEADY_MS = 4_000;
const STEADY_ANSWERS = 20;
/** Caddy checks a slot's health every second before it sends requests there. */
const PATIENCE_MS = 60_000;
/** The first certificate has to be issued. */
const FIRST_PATIENCE_MS = 120_000;

/** Sends requests through Caddy until only the new web server has answered for a while. One lost request is a failure. */
export const watchPhase: UpdatePhase = {
  key: "watch",
  title: "Watch",
  repeatable: true,
  async run(ctx) {
    const ask = await throughCaddy(ctx);
    const wanted = await askDirectly(ctx, await newWeb(ctx));
    const isFirst = !(await servingNow(ctx));
    const probes = new Probes(wanted, isFirst);
    const deadline = performance.now() + (isFirst ? FIRST_PATIENCE_MS : PATIENCE_MS);
    while (!probes.isSteady) {
      probes.take(await ask());
      ctx.progress({ detail: probes.summary });
      if (probes.failed > 0) throw new Problem("unstable-after-switch", { detail: probes.summary });
      if (performance.now() > deadline)
        throw new Problem("switch-failed", { detail: `Caddy does not send requests to it: ${probes.summary}` });
      await sleep(WATCH_EVERY_MS, undefined, { signal: ctx.signal });
    }
    return { detail: probes.summary };
  },
};

/** Through the address of Caddy's container, whatever ports it publishes. */
async function throughCaddy({
  installation,
  files,
  host,
  signal,
}: UpdateContext): Promise<() => Promise<HealthAnswer>> {
  const caddy = (await installation.containers("caddy", signal)).find(({ isRunning }) => isRunning);
  const address = caddy?.address;
  if (!address) throw new Problem("switch-failed", { detail: "Caddy does not run" });
  const tlsName = parseEnv(files.environment).LANDFALL_DOMAIN;
  return () => askHealth(host, { address: { host: address, port: HTTPS_PORT }, tlsName, signal });
}

class Probes {
  failed = 0;
  #sent = 0;
  #steadySince: number | null = null;
  #steadyAnswers = 0;
  #last = "no answer";

  constructor(
    readonly wanted: HealthAnswer,
    /** If nothing was live before, failures before the first good answer do not count. */
    readonly isFirst: boolean,
  ) {}

  take(answer: HealthAnswer): void {
    const isNew = answer.ok && isSameProcess(answer, this.wanted);
    this.#last = answer.said;
    if (this.#steadySince === null && !isNew && this.isFirst) return;
    this.#sent += 1;
    if (!answer.ok) this.failed += 1;
    this.#steadySince = isNew ? (this.#steadySince ?? performance.now()) : null;
    this.#steadyAnswers = isNew ? this.#steadyAnswers + 1 : 0;
  }

  get isSteady(): boolean {
    if (this.#steadySince === null || this.#steadyAnswers < STEADY_ANSWERS) return false;
    return performance.now() - this.#steadySince >= STEADY_MS;
  }

  get summary(): string {
    return `${this.#sent} requests, ${this.failed} failed${this.failed > 0 ? ` (${this.#last})` : ""}`;
  }
}
