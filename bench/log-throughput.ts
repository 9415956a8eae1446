import { followEvents, type ReceivedEvent } from "./harness/follow-events";
import type { Installation } from "./harness/installation";
import { addService, LINE, NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";

const LINES = 400_000;

/**
 * A build command writes numbered lines of a hundred characters as fast as they are read. The time runs from the first
 * written line to the arrival of the last one at a client by SSE; every number has to arrive once and in order, and to
 * be stored.
 */
export const logThroughput: Scenario = {
  name: "log-throughput",
  async run(landfall) {
    const { name } = await addService(landfall, "flooding", { build: `node flood.mjs ${LINES}`, health: NO_WAITS });
    const { id } = await landfall.api.deploy(name);
    const reader = new OrderedLines();
    await followEvents(landfall.api, id, (event) => reader.take(event));
    const stored = await readStored(landfall, id);
    const perSecond = (lines: number) => lines / ((reader.lastMs - reader.firstWrittenMs) / 1_000);
    const seconds = ((reader.lastMs - reader.firstWrittenMs) / 1_000).toFixed(1);
    const written = ((reader.lastWrittenMs - reader.firstWrittenMs) / 1_000).toFixed(1);
    const notes = `${LINES.toLocaleString("en")} lines in ${seconds} s (the command wrote for ${written} s)`;
    return [
      {
        what: "log lines taken, stored and shown",
        value: perSecond(reader.count),
        unit: "lines/s",
        budget: { atLeast: 20_000 },
        notes,
      },
      {
        what: "lines lost, doubled or out of order",
        value: Math.abs(LINES - reader.count) + reader.outOfOrder + Math.abs(LINES - stored),
        unit: "lines",
        budget: { atMost: 0 },
        notes: `${reader.count.toLocaleString("en")} shown, ${stored.toLocaleString("en")} stored`,
      },
    ];
  },
};

class OrderedLines {
  count = 0;
  outOfOrder = 0;
  firstWrittenMs = Number.NaN;
  lastWrittenMs = Number.NaN;
  lastMs = Number.NaN;

  take({ event, receivedMs }: ReceivedEvent): void {
    if (event.type !== "log") return;
    for (const [, , text] of event.lines) {
      const line = LINE.exec(text);
      if (!line) continue;
      this.count += 1;
      if (Number(line[1]) !== this.count) this.outOfOrder += 1;
      this.lastWrittenMs = Number(line[2]);
      if (this.count === 1) this.firstWrittenMs = this.lastWrittenMs;
      this.lastMs = receivedMs;
    }
  }
}

async function readStored(landfall: Installation, id: string): Promise<number> {
  const { total } = await landfall.api.get<{ total: number }>(`/api/deployments/${id}/logs?search=compiling&limit=1`);
  return total;
}
