import { setTimeout as sleep } from "node:timers/promises";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { addService, NO_WAITS, type SampleService } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const SERVICES = 4;
const DEPLOYMENTS = 150;
/** The first deployments also open connections and compile code. */
const WARM_UP = 8;
const LONGEST_PAUSE_MS = 150;

/**
 * From the moment the deployment's row was written (`queuedAt`: the clock of the web process when it created the row,
 * so the rest of the accepting transaction and its commit are included) to the moment the worker started the first
 * phase (`at` of its event). Both use this machine's clock. In addition the same end as seen by the client: from before
 * the POST was sent.
 */
export const pickUp: Scenario = {
  name: "pick-up",
  async run(landfall) {
    const services: SampleService[] = [];
    for (let index = 0; index < SERVICES; index += 1) {
      services.push(await addService(landfall, `pick-up-${index}`, { health: NO_WAITS }));
    }
    const samples: Sample[] = [];
    for (let index = 0; index < WARM_UP + DEPLOYMENTS; index += 1) {
      const service = services[index % SERVICES];
      if (service) samples.push(await pickUpOnce(landfall, service));
      await sleep(Math.random() * LONGEST_PAUSE_MS); // out of step with every polling interval
    }
    return measuresOf(samples.slice(WARM_UP));
  },
};

interface Sample {
  fromAcceptedMs: number;
  fromSentMs: number;
  postMs: number;
}

async function pickUpOnce(landfall: Installation, service: SampleService): Promise<Sample> {
  const sentMs = Date.now();
  const accepted = await landfall.api.deploy(service.name);
  const postMs = Date.now() - sentMs;
  const { events } = await finishDeployment(landfall.api, accepted);
  const started = events.map(({ event }) => event).find((event) => event.type === "phase-started");
  if (started?.type !== "phase-started") throw new Error(`no phase of ${accepted.id} was ever started`);
  const startedMs = Date.parse(started.at);
  return { fromAcceptedMs: startedMs - Date.parse(accepted.queuedAt), fromSentMs: startedMs - sentMs, postMs };
}

function measuresOf(samples: readonly Sample[]): Measure[] {
  const accepted = distributionOf(samples.map(({ fromAcceptedMs }) => fromAcceptedMs));
  const sent = distributionOf(samples.map(({ fromSentMs }) => fromSentMs));
  const post = distributionOf(samples.map(({ postMs }) => postMs));
  const notes = describeDistribution(accepted);
  return [
    {
      what: "POST accepted → first phase started, p50",
      value: accepted.p50,
      unit: "ms",
      budget: { atMost: 25 },
      notes,
    },
    {
      what: "POST accepted → first phase started, p95",
      value: accepted.p95,
      unit: "ms",
      budget: { atMost: 100 },
      notes,
    },
    { what: "POST sent → first phase started, p50", value: sent.p50, unit: "ms", notes: describeDistribution(sent) },
    { what: "POST sent → answered with 202, p50", value: post.p50, unit: "ms", notes: describeDistribution(post) },
  ];
}
