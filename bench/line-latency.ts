import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import { addService, LINE, NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const LINES = 400;
/** A number that is not a multiple of any interval of ours. */
const EVERY_MS = 37;

/**
 * A build command writes the current time into each of its lines; the client that follows the deployment's events
 * compares it with the time when the event's bytes arrive. Both use this machine's clock.
 */
export const lineLatency: Scenario = {
  name: "line-latency",
  async run(landfall) {
    const { name } = await addService(landfall, "ticking", {
      build: `node tick.mjs ${LINES} ${EVERY_MS}`,
      health: NO_WAITS,
    });
    const { events } = await finishDeployment(landfall.api, await landfall.api.deploy(name));
    const latencies = events.flatMap(({ event, receivedMs }) =>
      event.type === "log" ? event.lines.flatMap(([, , text]) => latencyOf(text, receivedMs)) : [],
    );
    if (latencies.length !== LINES) throw new Error(`${latencies.length} of ${LINES} lines arrived`);
    const found = distributionOf(latencies);
    const notes = describeDistribution(found);
    return [
      {
        what: "line written → event in a client's SSE, p50",
        value: found.p50,
        unit: "ms",
        budget: { atMost: 150 },
        notes,
      },
      {
        what: "line written → event in a client's SSE, p95",
        value: found.p95,
        unit: "ms",
        budget: { atMost: 300 },
        notes,
      },
    ];
  },
};

function latencyOf(text: string, receivedMs: number): number[] {
  const writtenMs = LINE.exec(text)?.[2];
  return writtenMs === undefined ? [] : [receivedMs - Number(writtenMs)];
}
