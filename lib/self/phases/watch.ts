import { setTimeout as sleep } from "node:timers/promises";
import { parseEnv } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { askHealth, type HealthAnswer, isSameProcess } from "../ask-health";
import { servingNow, type UpdateContext, type UpdatePhase } from "../update";
import { askDirectly, newWeb } from "./verify";

const HTTPS_PORT = 443;
const EVERY_MS = 50;
/** How long the new one has to answer without a failure, and how often at least. */
const STEADY_MS = 4_000;
const STEADY_ANSWERS = 20;
/** Caddy looks at a slot's health every second before it sends anybody there. */
const PATIENCE_MS = 60_000;
/** The first certificate takes its time. */
const FIRST_PATIENCE_MS = 120_000;

/** Asks through Caddy, as people do, until the new one alone has answered for a while. One lost request is one too many. */
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
      await sleep(EVERY_MS, undefined, { signal: ctx.signal });
    }
    return { detail: probes.summary };
  },
};

/** As the server itself sees Caddy's container, whichever ports that has outside. */
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
    /** Where nothing served, nothing is lost before the first good answer. */
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
