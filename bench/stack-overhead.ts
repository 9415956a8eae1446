import { type DokployStandIn, type RecordedCall, startDokploy } from "@/e2e/dokploy/stand-in";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { askStack, stackAddress } from "@/lib/drivers/dokploy/ask-stack";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import type { Scenario } from "./harness/scenario";

const STACKS = 8;
const STABILITY_MS = 1_000;
const LOOK_EVERY_MS = 2;
/** Measured on a real server: the additional time of each call, a pull, and the rest of a job. */
const CALL_MS = 150;
const PULL_MS = 1_000;
const JOB_MS = 200;

/**
 * What Landfall adds to a Dokploy server's own time: the deployment's duration, minus
 *  - the time in which the server was answering a call, up to the call that starts the deployment;
 *  - from then on the time until the new image answers at the stack's address, requested every 2 ms;
 *  - the window in which the stack has to stay up.
 * All else is Landfall's: the journal, its checks of the server's deployment and containers, and every later call.
 */
export const stackOverhead: Scenario = {
  name: "stack-overhead",
  settings: { STACK_STABILITY_MS: String(STABILITY_MS) },
  async run(landfall) {
    const server = await startDokploy({ swarm: { settleMs: 0 }, callMs: CALL_MS, pullMs: PULL_MS, jobMs: JOB_MS });
    try {
      await configure(landfall, server);
      const first: number[] = [];
      const again: number[] = [];
      for (let index = 0; index < STACKS; index += 1) {
        const name = `stack-${index}`;
        const ask = () => landfall.api.post<{ deploymentId: string }>("/api/deploy", { name });
        const image = await newImage(landfall);
        first.push(await added(landfall, server, { name, image }, async () => ({ id: (await ask()).deploymentId })));
        const next = await newImage(landfall);
        again.push(await added(landfall, server, { name, image: next }, () => landfall.api.deploy(name)));
      }
      return [measureOf("first deployment", first), measureOf("redeploy", again)];
    } finally {
      await server.close();
    }
  },
};

async function configure({ api }: Installation, { url, apiKey, httpPort, httpsPort }: DokployStandIn): Promise<void> {
  await api.post("/api/targets", { name: "dokploy", kind: "dokploy", url, apiKey, httpPort, httpsPort });
  const template = { name: "app", image: "acme/app:0", port: 8080, domainSuffix: "localhost", https: false };
  await api.post("/api/templates", template);
}

let images = 0;

/** Each deployment has an image of its own, so that its start can be observed. */
async function newImage({ api }: Installation): Promise<string> {
  images += 1;
  const image = `acme/app:${images}`;
  await api.patch("/api/templates/app", { image });
  return image;
}

interface Wanted {
  name: string;
  image: string;
}

async function added(
  { api }: Installation,
  server: DokployStandIn,
  wanted: Wanted,
  ask: () => Promise<Pick<DeploymentView, "id">>,
): Promise<number> {
  server.clearCalls();
  const own = serverTime(server, wanted);
  const { view } = await finishDeployment(api, await ask());
  return (view.durationMs ?? Number.NaN) - (await own) - STABILITY_MS;
}

/** The time until the new container answers. */
async function serverTime(server: DokployStandIn, { name, image }: Wanted): Promise<number> {
  const asked = await until(() => {
    const at = server.calls.findIndex(({ procedure }) => procedure === "application.deploy");
    return at < 0 ? null : server.calls.slice(0, at + 1);
  });
  const startedMs = performance.now();
  const runs = () => server.state().services.some((service) => service.runs === image);
  await until(async () => (runs() && (await answers(server, name))) || null);
  return busyMs(asked) + performance.now() - startedMs;
}

/** Concurrent calls count once. */
function busyMs(calls: readonly RecordedCall[]): number {
  const spans = calls.map(({ startedMs, ms }) => ({ from: startedMs, to: startedMs + ms }));
  let [busy, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy;
}

async function answers({ httpPort, httpsPort }: DokployStandIn, name: string): Promise<boolean> {
  const spec = { domain: `${name}.localhost`, port: 8080, settings: {} };
  const address = stackAddress(spec, { httpPort, httpsPort });
  const signal = new AbortController().signal;
  return (await askStack({ address, path: "/health", timeoutMs: 1_000, signal })).ok;
}

async function until<T>(look: () => Promise<T | null> | T | null): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function measureOf(what: string, values: readonly number[]): Measure {
  const found = distributionOf(values);
  const notes = describeDistribution(found);
  return {
    what: `added to the server's own time, ${what}, p50`,
    value: found.p50,
    unit: "ms",
    budget: { atMost: 300 },
    notes,
  };
}
