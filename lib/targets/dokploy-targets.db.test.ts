import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DokployStandIn, startDokploy } from "@/e2e/dokploy/stand-in";
import type { PreflightStep } from "@/lib/contracts/dokploy";
import { NewTarget, TargetTest } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { aTemplate } from "@/lib/domain/stacks/test-stacks";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { Secret } from "@/lib/platform/secrets/secret";
import { checkServersThatAreDue, checkTarget, testTarget } from "./check-target";
import { ensureEnvironmentDokploy } from "./ensure-targets";
import { changeTarget, createTarget, removeTarget } from "./target-commands";
import { findTarget } from "./target-store";

process.env.LANDFALL_LOG_LEVEL = "silent";

let admin: Actor & { id: string };
let server: DokployStandIn;
beforeAll(async () => {
  admin = await aPerson("admin");
  server = await startDokploy();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.faults.clear();
  await db.service.deleteMany();
  await db.stackTemplate.deleteMany();
  await db.target.deleteMany();
});

const draft = (change: object = {}) => ({ kind: "dokploy", url: server.url, apiKey: server.apiKey, ...change });
const add = (change: object = {}) =>
  createTarget(NewTarget.parse({ name: "stacks", httpPort: server.httpPort, ...draft(change) }), admin);
const tryOut = (change: object = {}) => testTarget(TargetTest.parse(draft(change)), admin);
const told = (steps: readonly PreflightStep[]) =>
  Object.fromEntries(steps.map(({ step, status, problem }) => [step, problem ? `${status} ${problem.code}` : status]));

test("a Dokploy server is added and looked at; its key is sealed and never shown", async () => {
  const target = await add({ url: `${server.url}/api/` });
  expect(target).toMatchObject({
    kind: "dokploy",
    ssh: null,
    dokploy: { url: server.url, httpPort: server.httpPort, httpsPort: 443, circuit: "closed" },
    lastCheck: { ok: true, version: "v0.30.2", problem: null },
  });
  expect(told(target.lastCheck?.preflight ?? [])).toEqual({
    ...{ reachable: "ok", key: "ok", limit: "ok", version: "ok", rights: "ok", docker: "ok" },
    ...{ network: "ok", domain: "skipped" },
  });
  const row = await db.target.findFirstOrThrow({ where: { id: target.id } });
  const trail = await db.auditEvent.findMany({ where: { subjectId: target.id } });
  for (const shown of [target, row, trail]) expect(JSON.stringify(shown)).not.toContain(server.apiKey);
});

const AFTER_KEY = {
  ...{ limit: "skipped", version: "skipped", rights: "skipped" },
  ...{ docker: "skipped", network: "skipped", domain: "skipped" },
};

test("each thing that stands in the way is named with what to mend", async () => {
  const check = async (change: object) => told((await tryOut(change)).preflight);
  expect(await check({ url: "http://127.0.0.1:1" })).toEqual({
    ...{ reachable: "failed platform-unreachable", key: "skipped", ...AFTER_KEY },
  });
  expect(await check({ apiKey: "no-such-key" })).toEqual({
    ...{ reachable: "ok", key: "failed platform-key-refused", ...AFTER_KEY },
  });
  const { key: limited } = server.makeKey({ rateLimitEnabled: true });
  expect(await check({ apiKey: limited })).toMatchObject({ key: "ok", limit: "failed platform-key-limited" });
  const { key: member } = server.makeKey({ role: "member" });
  expect(await check({ apiKey: member })).toMatchObject({
    ...{ limit: "ok", rights: "failed platform-forbidden", docker: "failed platform-forbidden" },
  });
});

test("a version that is newer is a warning, and one that is too old a failure", async () => {
  for (const [version, expected] of [
    ["v0.30.3", "warning platform-untested"],
    ["v0.19.0", "failed platform-unsupported"],
  ] as const) {
    const other = await startDokploy({ version });
    const { preflight, ok } = await tryOut({ url: other.url, apiKey: other.apiKey });
    expect(told(preflight)).toMatchObject({ reachable: "ok", key: "ok", version: expected });
    expect(ok).toBe(version === "v0.30.3");
    await other.close();
  }
});

test("the domain of templates must resolve for every name; localhost always does", async () => {
  await aTemplate({ domainSuffix: "stacks.localhost" });
  expect(told((await tryOut()).preflight).domain).toBe("ok");
  await aTemplate({ name: "other", domainSuffix: "no-such-domain.invalid" });
  const { preflight } = await tryOut();
  expect(preflight.at(-1)).toMatchObject({
    status: "failed",
    problem: { code: "domain-unresolved", params: { suffix: "no-such-domain.invalid" } },
  });
});

test("its address and key can be changed, each kind's fields only, and what is not given stays", async () => {
  const { id } = await add({ apiKey: "a-wrong-key" });
  expect((await findTarget("stacks"))?.lastCheck).toMatchObject({
    ok: false,
    problem: { code: "platform-key-refused" },
  });
  const changed = await changeTarget("stacks", { apiKey: server.apiKey, httpsPort: 8443 }, admin);
  expect(changed).toMatchObject({ dokploy: { url: server.url, httpsPort: 8443 }, lastCheck: { ok: true } });
  expect(await tryOut({ apiKey: undefined, target: "stacks" })).toMatchObject({ ok: true });
  await expect(changeTarget("stacks", { host: "web", user: "root" }, admin)).rejects.toMatchObject({
    code: "invalid-request",
    fields: [
      { path: ["host"], code: "unknown-field" },
      { path: ["user"], code: "unknown-field" },
    ],
  });
  const trail = await db.auditEvent.findMany({ where: { subjectId: id, action: "target.change" } });
  expect(trail.map(({ details }) => details)).toEqual([{ apiKey: "changed", httpsPort: { from: 443, to: 8443 } }]);
});

test("it is not removed while stacks may come to it", async () => {
  const { id } = await add();
  await aTemplate({ target: "stacks" });
  await expect(removeTarget("stacks", admin)).rejects.toMatchObject({ code: "target-in-use" });
  await db.stackTemplate.deleteMany();
  await removeTarget("stacks", admin);
  expect(await db.target.findUnique({ where: { id } })).toMatchObject({ settings: {}, sealedSecrets: null });
});

test("the environment's server follows it, and rests while none is named", async () => {
  const given = { DOKPLOY_HTTP_PORT: 80, DOKPLOY_HTTPS_PORT: 443 };
  const named = { ...given, DOKPLOY_URL: server.url, DOKPLOY_API_TOKEN: new Secret(server.apiKey) };
  await ensureEnvironmentDokploy(named);
  const first = await findTarget("dokploy");
  expect(first).toMatchObject({ readOnly: true, dokploy: { url: server.url }, disabledAt: null });
  await checkServersThatAreDue(new AbortController().signal);
  expect((await findTarget("dokploy"))?.lastCheck).toMatchObject({ ok: true });
  await expect(changeTarget("dokploy", { httpPort: 81 }, admin)).rejects.toMatchObject({ code: "read-only" });

  await ensureEnvironmentDokploy({ ...given, DOKPLOY_URL: undefined, DOKPLOY_API_TOKEN: undefined });
  expect(await findTarget("dokploy")).toMatchObject({
    disabledAt: expect.any(String),
    lastCheck: { problem: { code: "target-unset" } },
  });
  await expect(changeTarget("dokploy", { disabled: false }, admin)).rejects.toMatchObject({ code: "read-only" });
  await ensureEnvironmentDokploy({ ...named, DOKPLOY_HTTP_PORT: 8080 });
  expect(await findTarget("dokploy")).toMatchObject({ id: first?.id, disabledAt: null, dokploy: { httpPort: 8080 } });
});

test("a good look ends a circuit that nobody closed", async () => {
  const { id } = await add();
  const openUntil = (ms: number) =>
    db.target.update({ where: { id }, data: { circuitOpenUntil: new Date(Date.now() + ms) } });
  const circuit = async () => (await findTarget("stacks"))?.dokploy?.circuit;
  await openUntil(60_000);
  await checkTarget("stacks", admin);
  expect(await circuit()).toBe("open");
  await openUntil(-1_000);
  expect(await circuit()).toBe("half-open");
  await checkTarget("stacks", admin);
  expect(await circuit()).toBe("closed");
});
