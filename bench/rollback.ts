import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import { addService, askService, setEnvironment } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const ROLLBACKS = 8;

/**
 * Alternates between two releases whose artifacts are on the host, with the health check of a service that does not
 * configure one. From before the POST is sent to the arrival of the success event at the client; each time the answer
 * of the other release is verified.
 */
export const rollback: Scenario = {
  name: "rollback",
  async run(landfall) {
    const service = await addService(landfall, "restored");
    for (const VERSION of ["one", "two"]) {
      await setEnvironment(landfall, service, { VERSION });
      await finishDeployment(landfall.api, await landfall.api.deploy(service.name));
    }
    const durations: number[] = [];
    let expected = "one";
    for (let index = 0; index < ROLLBACKS; index += 1) {
      const sentMs = Date.now();
      const { finishedMs } = await finishDeployment(
        landfall.api,
        await landfall.api.rollBack(service.name, await releaseOf(expected)),
      );
      durations.push(finishedMs - sentMs);
      const { version } = await askService(service);
      if (version !== expected) throw new Error(`after a rollback to ${expected} the service says ${version}`);
      expected = expected === "one" ? "two" : "one";
    }
    const found = distributionOf(durations);
    return [
      {
        what: "rollback with the artifact on the host",
        value: found.max,
        unit: "ms",
        budget: { atMost: 3_000 },
        notes: describeDistribution(found),
      },
    ];

    async function releaseOf(version: string): Promise<string> {
      const { items } = await landfall.api.get<{ items: { id: string; number: number }[] }>(
        `/api/services/${service.name}/releases`,
      );
      const wanted = items.find(({ number }) => number === (version === "one" ? 1 : 2));
      if (!wanted) throw new Error(`there is no release ${version}`);
      return wanted.id;
    }
  },
};
