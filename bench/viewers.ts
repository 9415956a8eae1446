import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeDistribution } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import { describeMemory, type ProcessMemory, readMemory } from "./harness/process-memory";
import { Program } from "./harness/program";
import { addService, NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import type { ViewersInput, ViewersResult } from "./programs/viewers";

const VIEWERS = 1_000;
const LINES = 300;
const EVERY_MS = 100;
const LOOK_EVERY_MS = 100;

/**
 * A build command waits until every client is connected, then writes a line with the current time, ten times a second
 * for thirty seconds. Each client compares it with the same machine's clock when the bytes arrive. The web process is
 * sampled from before the first client until the last has left; its maximum counts.
 */
export const viewers: Scenario = {
  name: "viewers",
  async run(landfall) {
    const go = join(landfall.directory, "go");
    const { name } = await addService(landfall, "watched", {
      build: `node tick.mjs ${LINES} ${EVERY_MS} ${go}`,
      health: NO_WAITS,
    });
    const memory = new PeakMemory(await landfall.processId("web"));
    const { id } = await landfall.api.deploy(name);
    const result = await watch(landfall, id, go);
    const peak = memory.stop();
    await finishDeployment(landfall.api, { id });
    const seen = [result.fewestLines, result.mostLines];
    if (seen.some((lines) => lines !== LINES))
      throw new Error(`of ${LINES} lines viewers saw between ${seen.join(" and ")}`);
    return [
      {
        what: `${VIEWERS.toLocaleString("en")} SSE clients: line written → client, p99`,
        value: result.latency.p99,
        unit: "ms",
        budget: { atMost: 500 },
        notes: describeDistribution(result.latency),
      },
      {
        what: `${VIEWERS.toLocaleString("en")} SSE clients: memory of the web process at its most`,
        value: peak.rssMiB,
        unit: "MiB",
        budget: { atMost: 400 },
        notes: describeMemory(peak),
      },
    ];
  },
};

async function watch({ api }: Installation, id: string, go: string): Promise<ViewersResult> {
  const input: ViewersInput = {
    url: `${api.url}/api/deployments/${id}/events`,
    headers: { ...api.headers },
    count: VIEWERS,
  };
  const program = new Program("viewers", input);
  try {
    await program.answer<"connected">();
    await writeFile(go, "");
    return await program.answer<ViewersResult>();
  } finally {
    program.end();
  }
}

class PeakMemory {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak: ProcessMemory;

  constructor(pid: number) {
    this.#pid = pid;
    this.#peak = readMemory(pid);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): ProcessMemory {
    clearInterval(this.#timer);
    this.#look();
    return this.#peak;
  }

  #look(): void {
    const now = readMemory(this.#pid);
    if (now.rssMiB > this.#peak.rssMiB) this.#peak = now;
  }
}
