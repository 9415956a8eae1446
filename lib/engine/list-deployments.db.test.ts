import { beforeAll, expect, test } from "vitest";
import type { DeploymentFilter } from "@/lib/contracts/deployment";
import { DEPLOYMENT_KINDS } from "@/lib/contracts/deployment-state";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { listDeployments } from "./deployment-store";
import { aPerson, aService } from "./test-service";

type Filter = DeploymentFilter & { ownerId?: string };
interface Row {
  id: string;
  service: string;
  ownerId: string;
  target: string;
  state: string;
  kind: string;
}

const STATES = ["succeeded", "failed", "stuck"] as const;
const ROWS = 60;

let people: Record<"member" | "other" | "nobody", Actor & { id: string }>;
const rows: Row[] = [];

beforeAll(async () => {
  const [member, other, nobody] = await Promise.all([
    aPerson("member"),
    aPerson("member", "other"),
    aPerson("member", "nobody"),
  ]);
  people = { member, other, nobody };
  const services = [
    await aService(member, { name: "first" }),
    await aService(member, { name: "second" }),
    await aService(other, { name: "third" }),
  ];
  const here = services[0]?.targetId ?? "";
  const there = await db.target.create({ data: { name: "there", kind: "local", settings: { machine: "there" } } });
  for (let index = 0; index < ROWS; index += 1) {
    const service = services[index % services.length];
    const state = STATES[Math.floor(index / 3) % STATES.length] ?? "failed";
    const kind = DEPLOYMENT_KINDS[Math.floor(index / 7) % DEPLOYMENT_KINDS.length] ?? "deploy";
    const targetId = index % 5 === 0 ? there.id : here;
    if (!service) continue;
    const { id } = await db.deployment.create({
      data: {
        serviceId: service.id,
        targetId,
        number: index,
        kind,
        state,
        driver: "process",
        spec: {},
        trigger: "api",
      },
    });
    const target = targetId === here ? "here" : "there";
    rows.push({ id, service: service.name, ownerId: service.ownerId, target, state, kind });
  }
});

/** Reads page by page, which also tests the page boundaries. */
async function listAll(filter: Filter): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await listDeployments(filter, { limit: 7, after });
    ids.push(...page.items.map(({ id }) => id));
    if (page.next === null) return ids;
    after = page.next;
  }
}

const alone: Filter[] = [{}, { service: "first" }, { state: "stuck" }, { kind: "removal" }, { target: "there" }];
const together = alone.flatMap((one) => alone.map((two): Filter => ({ ...one, ...two })));

test.each(["member", "other", "nobody", undefined] as const)(
  "every filter of what %s may see, newest first",
  async (owner) => {
    for (const filter of together) {
      const wanted: Filter = { ...filter, ...(owner && { ownerId: people[owner].id }) };
      const names = Object.keys(wanted) as (keyof Filter & keyof Row)[];
      const expected = rows.filter((row) => names.every((name) => row[name] === wanted[name])).map(({ id }) => id);
      expect(await listAll(wanted), JSON.stringify(wanted)).toEqual(expected.reverse());
    }
  },
);

test("a name that no service has, and a target that is not there, list nothing", async () => {
  expect(await listAll({ service: "unknown" })).toEqual([]);
  expect(await listAll({ service: "first", target: "unknown" })).toEqual([]);
});
