import { Api } from "./harness/api";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import { ADMIN, type Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { addService, NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import { seedHistory } from "./harness/seed-history";
import { signIn, signInForToken } from "./harness/sign-in";

const REQUESTS = 80;
/** The first requests also open connections and compile code. */
const WARM_UP = 20;
const BUSY = "busy";

/**
 * A million deployments in the database; each list is requested eighty times, one after the other. The time is the
 * client's, on loopback, from before the request to the end of the answer's body: the server's time, and a little more.
 */
export const history: Scenario = {
  name: "history",
  async run(landfall) {
    await addService(landfall, BUSY, { health: NO_WAITS });
    const member = await addMember(landfall, "member");
    const quiet = await addMember(landfall, "quiet");
    const nobody = await addMember(landfall, "nobody");
    const adminId = await ownerOf(landfall, BUSY);
    await seedHistory(landfall.database, { busyService: BUSY, adminId, memberId: member.id, quietId: quiet.id });
    const measures: Measure[] = [];
    for (const query of await adminQueries(landfall)) measures.push(await measureList(landfall.api, query, "admin"));
    for (const query of MEMBER_QUERIES) measures.push(await measureList(member.api, query, "member"));
    measures.push(await measureList(quiet.api, "", "member, old history"));
    measures.push(await measureList(nobody.api, "", "member, no services"));
    const overview = await measure(member.api, "/api/overview", "member");
    return [...measures, overview, ...(await others(landfall))];
  },
};

const TARGET = "this-machine";
const MEMBER_QUERIES = [
  "",
  "?state=failed",
  "?state=stuck",
  "?kind=removal",
  "?service=service-10",
  `?target=${TARGET}&state=failed`,
];

/** The page's filters, with values that match often, seldom and never, alone and combined. */
async function adminQueries({ database }: Installation): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>("SELECT id FROM deployment ORDER BY id OFFSET 500000 LIMIT 1");
  return [
    "",
    `?after=${rows[0]?.id}`,
    `?service=${BUSY}`,
    "?service=service-199",
    "?service=quiet-1",
    "?state=failed",
    "?state=stuck",
    "?state=running",
    "?kind=rollback",
    "?kind=removal",
    "?kind=removal&state=stuck",
    `?service=${BUSY}&state=failed`,
    `?service=${BUSY}&state=stuck`,
    `?service=${BUSY}&kind=removal`,
    "?service=quiet-1&state=failed",
    `?target=${TARGET}`,
    `?target=${TARGET}&state=stuck`,
    `?target=${TARGET}&kind=rollback&state=failed`,
  ];
}

async function measure(api: Api, path: string, who: string, shown = path): Promise<Measure> {
  const durations: number[] = [];
  for (let index = 0; index < WARM_UP + REQUESTS; index += 1) {
    const startedMs = performance.now();
    await api.page(path);
    durations.push(performance.now() - startedMs);
  }
  const found = distributionOf(durations.slice(WARM_UP));
  return { what: `GET ${shown} as ${who}, p95`, value: found.p95, unit: "ms", notes: describeDistribution(found) };
}

/** A first page, or a later one, with the default page size. */
async function measureList(api: Api, query: string, who: string): Promise<Measure> {
  const shown = query.replace(/after=.*/, "after=(the middle)");
  return {
    ...(await measure(api, `/api/deployments${query}`, who, `/api/deployments${shown}`)),
    budget: { atMost: 50 },
  };
}

/** Work that also grows with a service's history, without a budget: pages, and a deployment of the busiest service. */
async function others(landfall: Installation): Promise<Measure[]> {
  const browser = new Api(landfall.url, { cookie: await signIn(landfall.url, ADMIN) });
  const page = (path: string, shown = path) => measure(browser, path, "admin, the whole page", shown);
  const asked = await landfall.api.deploy(BUSY);
  const { events, view } = await finishDeployment(landfall.api, asked);
  const started = events.find(({ event }) => event.type === "phase-started");
  const startedMs = started?.event.type === "phase-started" ? Date.parse(started.event.at) : Number.NaN;
  return [
    await measure(landfall.api, "/api/deployments?limit=100", "admin"),
    await measure(landfall.api, "/api/overview", "admin"),
    await page("/"),
    await page("/deployments"),
    await page(`/deployments/${view.id}`, "/deployments/(the newest)"),
    {
      what: "POST accepted → first phase started, of the service with the longest history",
      value: startedMs - Date.parse(asked.queuedAt),
      unit: "ms",
    },
  ];
}

async function addMember(landfall: Installation, name: string): Promise<{ id: string; api: Api }> {
  const person = { email: `${name}@example.com`, password: "only-for-the-bench" };
  const { id } = await landfall.api.post<{ id: string }>("/api/users", { ...person, name, role: "member" });
  return { id, api: await signInForToken(landfall.url, person, "member") };
}

async function ownerOf({ database }: Installation, service: string): Promise<string> {
  const { rows } = await database.query<{ owner_id: string }>("SELECT owner_id FROM service WHERE name = $1", [
    service,
  ]);
  return rows[0]?.owner_id ?? "";
}
