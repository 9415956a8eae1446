import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "./harness/api";
import { finishDeployment } from "./harness/finish-deployment";
import { ADMIN, type Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { describeMemory, type ProcessMemory, processesOfConsole, readMemory } from "./harness/process-memory";
import { addService } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import { signIn } from "./harness/sign-in";

const IDLE_MS = 30_000;
const VISITS = 3;

/**
 * Resident memory after thirty seconds without requests: once of a console that was just started, and once after a
 * deployment, a sign-in and a visit to each page. The second one counts. RSS counts the pages of the Node binary, which
 * both processes share, in each of them; PSS counts them once.
 */
export const idleMemory: Scenario = {
  name: "idle-memory",
  async run(landfall) {
    await sleep(IDLE_MS);
    const started = await readBoth(landfall);
    await use(landfall);
    await sleep(IDLE_MS);
    const used = await readBoth(landfall);
    return [
      ...measuresOf("web", { started: started.web, used: used.web }, 180),
      ...measuresOf("worker", { started: started.worker, used: used.worker }, 110),
      wholeConsole(landfall.directory),
    ];
  },
};

async function readBoth(landfall: Installation) {
  return { web: readMemory(await landfall.processId("web")), worker: readMemory(await landfall.processId("worker")) };
}

/** PSS, because its processes share Node.js's and Postgres's pages. */
function wholeConsole(directory: string): Measure {
  const memories = processesOfConsole(directory).map(readMemory);
  const whole = (read: (memory: ProcessMemory) => number | null) =>
    memories.reduce((sum, memory) => sum + (read(memory) ?? 0), 0);
  return {
    what: "idle memory of everything that npm start runs, after use (PSS)",
    value: whole(({ pssMiB }) => pssMiB),
    unit: "MiB",
    budget: { atMost: 300 },
    notes: `${memories.length} processes, RSS ${whole(({ rssMiB }) => rssMiB).toFixed(0)} MiB`,
  };
}

async function use(landfall: Installation): Promise<void> {
  const { name } = await addService(landfall, "seldom-used");
  const { id } = await landfall.api.deploy(name);
  await finishDeployment(landfall.api, { id });
  const browser = new Api(landfall.url, { cookie: await signIn(landfall.url, ADMIN) });
  const paths = [
    "/",
    "/deployments",
    `/deployments/${id}`,
    "/api/overview",
    "/api/deployments",
    "/api/services",
    "/api/health",
  ];
  for (let visit = 0; visit < VISITS; visit += 1) for (const path of paths) await browser.page(path);
}

function measuresOf(
  role: string,
  { started, used }: { started: ProcessMemory; used: ProcessMemory },
  atMost: number,
): Measure[] {
  return [
    {
      what: `idle memory of the ${role} after use`,
      value: used.rssMiB,
      unit: "MiB",
      budget: { atMost },
      notes: describeMemory(used),
    },
    {
      what: `idle memory of the ${role} after its start`,
      value: started.rssMiB,
      unit: "MiB",
      notes: describeMemory(started),
    },
  ];
}
