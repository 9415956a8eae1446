import { PrismaPg } from "@prisma/adapter-pg";
import { beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { Environment, ServiceName } from "@/lib/contracts/service";
import { db } from "@/lib/platform/db/client";
import { PrismaClient } from "@/lib/platform/db/generated/client";
import { asBrowser, asToken, aUser } from "@/lib/web/auth/test-callers";
import { answer } from "./definition";
import { route } from "./route";
import { call } from "./test-call";

const Body = z.strictObject({
  name: ServiceName,
  port: z.int().min(1).max(65_535),
  environment: Environment.default({}),
});
const echo = route(
  {
    summary: "echo",
    permission: "service:create",
    body: Body,
    response: z.object({ name: z.string() }),
    status: 201,
    idempotent: true,
  },
  async ({ body }) => answer(body, { headers: { location: "/there" } }),
);
const GOOD = { name: "web", port: 80 };

/** More than any test sends per person, except the test that reaches it. */
const LIMIT = 60;

let member: Record<string, string>;
beforeAll(async () => {
  process.env.PERSON_LIMIT_RPM = String(LIMIT);
  member = await asToken(await aUser("member"));
});

test("a valid request reaches the handler, and only what the schema names comes back", async () => {
  const { status, body, headers } = await call(echo, { method: "POST", headers: member, body: GOOD });
  expect(status).toBe(201);
  expect(body).toEqual({ name: "web" });
  expect(headers.get("location")).toBe("/there");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
});

test("a number that a proxy gave is kept, one that is none is not; a route without parameters has none", async () => {
  const handler = route({ summary: "Test", public: true }, async () => undefined);
  const answered = (id: string) => {
    const request = new Request("http://localhost/api/test", { headers: { "x-request-id": id } });
    return handler(request, { params: Promise.resolve(undefined as never) });
  };
  expect((await answered("from-the-proxy.1")).headers.get("x-request-id")).toBe("from-the-proxy.1");
  for (const wrong of ["short", "with a space in it", "x".repeat(65)]) {
    const response = await answered(wrong);
    expect(response.status).toBe(204);
    expect(response.headers.get("x-request-id")).toMatch(/^[\w-]{36}$/);
  }
});

test("every wrong field is named at once, with its path, a stable code and a sentence", async () => {
  const wrong = { name: "Not A Label", environment: { "2BAD": "x", GOOD: 1 }, unknown: true };
  const { status, body, headers } = await call(echo, { method: "POST", headers: member, body: wrong });
  expect(status).toBe(400);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toMatchObject({
    type: "/problems/invalid-request",
    title: "invalid-request",
    status: 400,
    code: "invalid-request",
  });
  expect(body.requestId).toBe(headers.get("x-request-id"));
  const found = Object.fromEntries(
    body.fields.map((field: { pointer: string; code: string }) => [field.pointer, field.code]),
  );
  expect(found).toEqual({
    "/name": "not-a-dns-label",
    "/port": "required",
    "/environment/2BAD": "not-an-identifier",
    "/environment/GOOD": "wrong-type",
    "/unknown": "unknown-field",
  });
  for (const { message } of body.fields) expect(message).toMatch(/^[A-Z].*\.$/);
});

test("of very many wrong fields the first hundred are named", async () => {
  const environment = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${index}`, "x"]));
  const { status, body, text } = await call(echo, { method: "POST", headers: member, body: { ...GOOD, environment } });
  expect([status, body.fields.length]).toEqual([400, 100]);
  expect(text.length).toBeLessThan(50_000);
});

test("a person's requests are counted, whatever they use, and another's are not among them", async () => {
  const [one, other] = [await aUser("member"), await aUser("member")];
  const [first, second] = [await asToken(one), await asToken(one)];
  const send = async (headers: Record<string, string>) => call(echo, { method: "POST", headers, body: GOOD });
  const statuses: number[] = [];
  for (let index = 0; index < LIMIT; index++) statuses.push((await send(index % 2 ? first : second)).status);
  expect(new Set(statuses)).toEqual(new Set([201]));
  const { status, body, headers } = await send(first);
  expect([status, body.code]).toEqual([429, "rate-limited"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await send(await asBrowser(one))).status).toBe(429);
  expect((await send(await asToken(other))).status).toBe(201);
});

test.each([
  ["en", "en-GB,en;q=0.9", /Nothing was changed/],
  ["nl", "nl,en;q=0.5", /Er is niets gewijzigd/],
  ["ar", "ar", /لم يتغيّر شيء/],
])("a problem speaks %s", async (_, language, sentence) => {
  const { body } = await call(echo, { method: "POST", headers: { ...member, "accept-language": language }, body: {} });
  expect(body.detail).toMatch(sentence);
  expect(body.fields[0].message).not.toMatch(language === "ar" ? /[a-z]{4}/ : /^$/);
});

test("the language that was chosen comes before the browser's", async () => {
  const headers = { ...member, "accept-language": "en", cookie: "landfall-locale=nl" };
  const { body } = await call(echo, { method: "POST", headers, body: {} });
  expect(body.detail).toMatch(/niets gewijzigd/);
});

test.each([
  ["no JSON", { text: "{" }, 400, "malformed-json"],
  ["no JSON type", { text: "a=1", headers: { "content-type": "text/plain" } }, 415, "unsupported-media-type"],
  ["too much", { text: `"${"x".repeat(1024 * 1024)}"` }, 413, "body-too-large"],
  ["nothing", {}, 400, "invalid-request"],
  ["a NUL", { body: { ...GOOD, environment: { A: "\0" } } }, 400, "invalid-request"],
  ["half a character", { text: '{"name":"web","port":80,"environment":{"A":"\\ud800"}}' }, 400, "invalid-request"],
  ["a special name", { text: '{"name":"web","port":80,"environment":{"__proto__":"x"}}' }, 400, "invalid-request"],
  ["a deep nest", { text: `${"[".repeat(10_000)}${"]".repeat(10_000)}` }, 400, "invalid-request"],
])("a body with %s is a problem", async (_, sent, status, code) => {
  const headers = { ...member, ...("headers" in sent ? sent.headers : {}) };
  const answered = await call(echo, { method: "POST", ...sent, headers });
  expect(answered.status).toBe(status);
  expect(answered.body.code).toBe(code);
});

test("nobody, and whoever may not, is refused before anything is read", async () => {
  const nobody = await call(echo, { method: "POST", text: "{" });
  expect([nobody.status, nobody.body.code]).toEqual([401, "unauthenticated"]);
  expect(nobody.headers.get("www-authenticate")).toContain("Bearer");
  const viewer = await call(echo, { method: "POST", text: "{", headers: await asToken(await aUser("viewer")) });
  expect([viewer.status, viewer.body.code]).toEqual([403, "forbidden"]);
});

test("a change by cookie must come from our own pages", async () => {
  const { cookie = "" } = await asBrowser(await aUser());
  const send = (headers: Record<string, string>) =>
    call(echo, { method: "POST", body: GOOD, headers: { cookie, ...headers } });
  expect((await send({ "sec-fetch-site": "same-origin" })).status).toBe(201);
  expect((await send({ host: "localhost", origin: "http://localhost" })).status).toBe(201);
  const foreigners: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { host: "localhost", origin: "http://evil.example" },
    {},
  ];
  for (const foreign of foreigners) {
    const { status, body } = await send(foreign);
    expect([status, body.code]).toEqual([403, "cross-origin"]);
  }
});

test("a session ends with its row, and with the user", async () => {
  const read = route({ summary: "read", permission: "service:read" }, async () => undefined);
  const user = await aUser();
  const headers = await asBrowser(user);
  expect((await call(read, { headers })).status).toBe(204);
  await db.session.deleteMany({ where: { userId: user.id } });
  expect((await call(read, { headers })).status).toBe(401);
  const gone = await aUser("member", { disabledAt: new Date() });
  expect((await call(read, { headers: await asBrowser(gone) })).status).toBe(401);
  expect((await call(read, { headers: { cookie: headers.cookie?.replace(/.{4}$/, "AAAA") ?? "" } })).status).toBe(401);
});

test("a wrong token is not saved by a cookie beside it", async () => {
  const headers = { ...(await asBrowser(await aUser())), "x-api-key": "lf_wrong" };
  expect((await call(echo, { method: "POST", headers, body: GOOD })).status).toBe(401);
});

test("an address that cannot exist is not found", async () => {
  const one = route(
    { summary: "one", permission: "service:read", params: z.object({ id: z.uuid() }) },
    async () => undefined,
  );
  const { status, body } = await call(one, { headers: member, params: { id: "42" } });
  expect([status, body.code, body.fields[0].code]).toEqual([404, "not-found", "not-an-id"]);
});

test("an error nobody foresaw says nothing of itself", async () => {
  const broken = route({ summary: "broken", permission: "service:read" }, async () => {
    throw new Error("the password is hunter22");
  });
  const { status, body, text } = await call(broken, { headers: member });
  expect([status, body.code]).toEqual([500, "internal"]);
  expect(text).not.toContain("hunter22");
});

test("an answer that breaks its schema is loud while we build", async () => {
  const wrong = route(
    { summary: "wrong", permission: "service:read", response: z.object({ n: z.int() }) },
    async () => ({ n: 1.5 }),
  );
  expect((await call(wrong, { headers: member })).status).toBe(500);
});

test("a documented API may have its own status for a problem", async () => {
  const own = route({ summary: "own", permission: "service:read", statuses: { "name-taken": 422 } }, async () =>
    Promise.reject(
      new Problem("name-taken", { fields: [{ path: ["name"], code: "name-taken", message: "name-taken" }] }),
    ),
  );
  const { status, body } = await call(own, { headers: member });
  expect([status, body.status]).toEqual([422, 422]);
  expect(body.fields[0].message).toMatch(/already in use/);
});

test("an idempotency key that cannot be one is named", async () => {
  const { status, body } = await call(echo, {
    method: "POST",
    headers: { ...member, "idempotency-key": "" },
    body: GOOD,
  });
  expect([status, body.fields[0].path]).toEqual([400, ["Idempotency-Key"]]);
});

test("too many are told when to come back", async () => {
  const limited = route({ summary: "limited", public: true, rateLimit: "check" }, async () => undefined);
  const headers = { "x-landfall-peer": "192.0.2.7" };
  for (let n = 0; n < 60; n++) expect((await call(limited, { headers })).status).toBe(204);
  const { status, body, headers: answered } = await call(limited, { headers });
  expect([status, body.code]).toEqual([429, "rate-limited"]);
  expect(Number(answered.get("retry-after"))).toBeGreaterThan(0);
  expect((await call(limited, { headers: { "x-landfall-peer": "192.0.2.8" } })).status).toBe(204);
});

test("while the database is away, that is what is said", async () => {
  const read = route({ summary: "read", permission: "service:read" }, async () => undefined);
  const shared = globalThis as { landfallDb?: PrismaClient };
  const { landfallDb } = shared;
  const nowhere = "postgresql://nobody@127.0.0.1:1/none";
  shared.landfallDb = new PrismaClient({ adapter: new PrismaPg({ connectionString: nowhere }) });
  try {
    const { status, body } = await call(read, { headers: member });
    expect([status, body.code]).toEqual([503, "database-unavailable"]);
  } finally {
    shared.landfallDb = landfallDb;
  }
});
