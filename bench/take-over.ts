import { setTimeout as sleep } from "node:timers/promises";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import { addService, type SampleService } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const KILLS = 8;
const LOOK_EVERY_MS = 20;
const DEADLINE_MS = 60_000;

/**
 * The worker is killed with SIGKILL in the middle of a build: the time from then until a worker has claimed the
 * deployment, which includes the restart of a worker by `npm start`.
 */
export const takeOver: Scenario = {
  name: "take-over",
  async run(landfall) {
    const service = await addService(landfall, "take-over", { build: "sleep 2" });
    const samples: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) samples.push(await takeOverOnce(landfall, service));
    const times = distributionOf(samples);
    return [
      {
        what: "worker killed → its deployment taken over, longest",
        value: times.max,
        unit: "ms",
        budget: { atMost: 15_000 },
        notes: describeDistribution(times),
      },
    ];
  },
};

async function takeOverOnce(landfall: Installation, { name }: SampleService): Promise<number> {
  const { id } = await landfall.api.deploy(name, { rebuild: true });
  const ended = finishDeployment(landfall.api, { id });
  await until(landfall, "SELECT 1 FROM phase WHERE deployment_id = $1 AND key = 'build' AND status = 'running'", id);
  process.kill(await landfall.processId("worker"), "SIGKILL");
  const killedMs = performance.now();
  await until(landfall, "SELECT 1 FROM deployment WHERE id = $1 AND fencing > 1", id);
  const tookMs = performance.now() - killedMs;
  await ended;
  return tookMs;
}

async function until({ database }: Installation, query: string, id: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while ((await database.query(query, [id])).rowCount === 0) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${query}`);
    await sleep(LOOK_EVERY_MS);
  }
}
