import { HealthCheck } from "@/lib/contracts/health-check";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { addService, askService, type SampleService } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const FIRST_DEPLOYS = 10;
const REDEPLOYS = 15;
/** The health check of a service that does not configure one. */
const HEALTH = HealthCheck.parse({});

/**
 * The duration of a deployment of six phases if commands took no time and no wait were configured: the deployment's own
 * duration, minus
 *  - the commands: the service has nothing to install and nothing to build, so the only one is the service itself, from
 *    the start of its process to its open port, by its own clock;
 *  - the configured waits of the health check: between the required good answers, and the stability window.
 * All else is the engine's: the journal, the copy, the supervisor, starting the process, finding its port, every probe,
 * the switch, and (at a redeploy) the end of the old release.
 */
export const engineTime: Scenario = {
  name: "engine-time",
  async run(landfall) {
    const first: number[] = [];
    let service: SampleService | undefined;
    for (let index = 0; index < FIRST_DEPLOYS; index += 1) {
      service = await addService(landfall, `first-${index}`);
      first.push(await ownTime(landfall, service));
    }
    const again: number[] = [];
    for (let index = 0; service && index < REDEPLOYS; index += 1) again.push(await ownTime(landfall, service));
    return [measureOf("first deploy", first), measureOf("redeploy", again)];
  },
};

async function ownTime(landfall: Installation, service: SampleService): Promise<number> {
  const { view } = await finishDeployment(landfall.api, await landfall.api.deploy(service.name));
  const { bootMs } = await askService(service);
  const waitedMs = (HEALTH.healthyThreshold - 1) * HEALTH.goodIntervalMs + HEALTH.stabilityMs;
  return (view.durationMs ?? Number.NaN) - bootMs - waitedMs;
}

function measureOf(what: string, values: readonly number[]): Measure {
  const found = distributionOf(values);
  const notes = describeDistribution(found);
  return {
    what: `the engine's own time in six phases, ${what}, p50`,
    value: found.p50,
    unit: "ms",
    budget: { atMost: 150 },
    notes,
  };
}
