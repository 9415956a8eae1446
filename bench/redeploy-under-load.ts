import { setTimeout as sleep } from "node:timers/promises";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { Program } from "./harness/program";
import { addService, askService, type SampleService, setEnvironment } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import type { LoadInput, LoadResult } from "./programs/load";

const CONNECTIONS = 10;
const LOADS: readonly { name: string; perSecond?: number }[] = [
  { name: "50 requests/s", perSecond: 50 },
  { name: "as fast as it goes" },
];
/** Before the first change and after the last, so that both are entirely under load. */
const MARGIN_MS = 1_000;

/**
 * Autocannon requests the service on kept connections while it is redeployed, redeployed with a release that is never
 * healthy, and rolled back. Every answer but a 2xx, and every error or time-out, is a failed request; after each change
 * the service must report the right version.
 */
export const redeployUnderLoad: Scenario = {
  name: "redeploy-under-load",
  async run(landfall) {
    const measures: Measure[] = [];
    for (const [index, load] of LOADS.entries()) {
      const service = await addService(landfall, `loaded-${index}`);
      await deployVersion(landfall, service, "one");
      const { requests, failed, p99Ms, maxMs } = await underLoad(service, load, () =>
        changeEverything(landfall, service),
      );
      const notes = `of ${requests.toLocaleString("en")}; slowest ${maxMs} ms, p99 ${p99Ms} ms`;
      const what = `failed requests in a redeploy, a bad redeploy and a rollback, ${load.name}`;
      measures.push({ what, value: failed, unit: "requests", budget: { atMost: 0 }, notes });
    }
    return measures;
  },
};

async function underLoad(
  service: SampleService,
  load: { perSecond?: number },
  work: () => Promise<void>,
): Promise<LoadResult> {
  const input: LoadInput = { url: `${service.url}/`, connections: CONNECTIONS, ...load };
  const program = new Program("load", input);
  try {
    await program.answer<"started">();
    await sleep(MARGIN_MS);
    await work();
    await sleep(MARGIN_MS);
    program.say("stop");
    return await program.answer<LoadResult>();
  } finally {
    program.end();
  }
}

async function changeEverything(landfall: Installation, service: SampleService): Promise<void> {
  await deployVersion(landfall, service, "two");
  await setEnvironment(landfall, service, { VERSION: "three", BROKEN: "1" });
  await finishDeployment(landfall.api, await landfall.api.deploy(service.name), "failed");
  await expectVersion(service, "two");
  await finishDeployment(landfall.api, await landfall.api.rollBack(service.name));
  await expectVersion(service, "one");
}

async function deployVersion(landfall: Installation, service: SampleService, version: string): Promise<void> {
  await setEnvironment(landfall, service, { VERSION: version });
  await finishDeployment(landfall.api, await landfall.api.deploy(service.name));
  await expectVersion(service, version);
}

async function expectVersion(service: SampleService, expected: string): Promise<void> {
  const { version } = await askService(service);
  if (version !== expected) throw new Error(`${service.name} should be ${expected} and says ${version}`);
}
