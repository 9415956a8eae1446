import { describeDistribution, distributionOf } from "./harness/distribution";
import type { Scenario } from "./harness/scenario";

const REQUESTS = 200;
/** The first requests also open connections and compile code. */
const WARM_UP = 20;

/** The requests that Docker and Caddy send repeatedly, one after the other. The time is the client's, on loopback. */
export const health: Scenario = {
  name: "health",
  async run(landfall) {
    const samples: number[] = [];
    for (let index = 0; index < WARM_UP + REQUESTS; index += 1) {
      const startedMs = performance.now();
      const response = await fetch(`${landfall.url}/api/health`);
      await response.text();
      samples.push(performance.now() - startedMs);
      if (!response.ok) throw new Error(`/api/health answered ${response.status}`);
    }
    const times = distributionOf(samples.slice(WARM_UP));
    return [
      {
        what: "GET /api/health, p95",
        value: times.p95,
        unit: "ms",
        budget: { atMost: 100 },
        notes: describeDistribution(times),
      },
    ];
  },
};
