import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Actor } from "@/lib/contracts/user";
import { aHookedService, commitOf, fromGitHub, type TestPush } from "@/lib/domain/hooks/test-hooks";
import { aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { queue } from "@/lib/platform/queue/boss";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { GET as listDeliveries } from "../services/[name]/hook/deliveries/route";
import { PATCH as changeHook, GET as readHook } from "../services/[name]/hook/route";
import { POST } from "./[serviceId]/route";

let member: Actor & { id: string };
let headers: Record<string, string>;
beforeAll(async () => {
  member = await aPerson("member");
  headers = await asToken(member);
});
afterAll(async () => (await queue()).stop({ graceful: false }));

type Hooked = Awaited<ReturnType<typeof aHookedService>>;
function post(service: Pick<Hooked, "id" | "secret">, push: TestPush) {
  const { headers: sent, body } = fromGitHub(service.secret, push);
  const params = { serviceId: service.id };
  return call(POST, { method: "POST", params, headers: Object.fromEntries(sent), text: body.toString() });
}
const push = (id: string, more: Partial<TestPush> = {}): TestPush => ({ id, commit: commitOf(id), ...more });

test("a deployment is 202, nothing to do 200, and an address or a secret that is not right 404", async () => {
  const service = await aHookedService(member, "answers");
  const first = await post(service, push("a"));
  expect([first.status, first.body]).toMatchObject([202, { verdict: "deployed", deployment: { number: 1 } }]);
  const ping = await post(service, push("b", { event: "ping" }));
  expect([ping.status, ping.body]).toMatchObject([200, { verdict: "nothing", reason: "ping" }]);
  const forged = await post({ ...service, secret: "guessed" }, push("c"));
  const unknown = await post({ ...service, id: crypto.randomUUID() }, push("c"));
  const withoutId = ({ requestId: _, ...body }: Record<string, unknown>) => body;
  expect([forged.status, unknown.status]).toEqual([404, 404]);
  expect(withoutId(forged.body)).toEqual(withoutId(unknown.body));
});

test("a body of more than 1 MiB is not read, and its row says so", async () => {
  const service = await aHookedService(member, "large");
  const large = push("a", { message: "x".repeat(1_100_000) });
  expect((await post(service, large)).status).toBe(413);
  expect((await post({ ...service, id: crypto.randomUUID() }, large)).status).toBe(413);
  const list = await call(listDeliveries, { params: { name: "large" }, headers });
  expect(list.body).toMatchObject({ items: [{ verdict: "refused", reason: "too-large" }], next: null });
});

test("what a sender with the secret does wrong is said: an old signature, another body", async () => {
  const service = await aHookedService(member, "wrong");
  const sign = (body: string, time: number) => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(time),
    "webhook-signature": `v1,${createHmac("sha256", service.secret).update(`msg_1.${time}.${body}`).digest("base64")}`,
  });
  const send = (body: string, time: number) =>
    call(POST, { method: "POST", params: { serviceId: service.id }, text: body, headers: sign(body, time) });
  const now = Math.floor(Date.now() / 1_000);
  const body = JSON.stringify({ ref: "refs/heads/main", commit: commitOf("a") });
  expect(await send(body, now - 600)).toMatchObject({ status: 401, body: { code: "hook-signature-old" } });
  expect(await send("{}", now)).toMatchObject({ status: 422, body: { code: "hook-unreadable" } });
  await db.user.update({ where: { id: member.id }, data: { disabledAt: new Date() } });
  expect(await send(body, now)).toMatchObject({ status: 403, body: { code: "owner-disabled" } });
  await db.user.update({ where: { id: member.id }, data: { disabledAt: null } });
  expect(await send(body, now)).toMatchObject({ status: 202 });
});

test("people who may change the service read and change its hook, and its settings are checked", async () => {
  const service = await aHookedService(member, "settings");
  const { body } = await call(readHook, { params: { name: "settings" }, headers });
  expect(body).toEqual({
    ...{ url: `http://localhost/api/hooks/${service.id}`, secret: service.secret, enabled: true },
    ...{ paths: [], branch: "main", statuses: "auto", newestStatus: null },
  });
  const viewer = await asToken(await aPerson("viewer"));
  expect((await call(readHook, { params: { name: "settings" }, headers: viewer })).status).toBe(403);
  const change = (value: unknown) =>
    call(changeHook, { method: "PATCH", params: { name: "settings" }, headers, body: value });
  expect((await change({ paths: ["# a comment"] })).status).toBe(400);
  expect((await change({ paths: ["apps/**"], statuses: "off" })).body).toMatchObject({
    ...{ paths: ["apps/**"], statuses: "off" },
  });
  const pages = { items: [], next: null };
  expect((await call(listDeliveries, { params: { name: "settings" }, headers })).body).toEqual(pages);
});

test("too many deliveries of one service are refused with 429", async () => {
  const service = await aHookedService(member, "flooded");
  const { HOOK_LIMIT_RPM: limit } = env;
  await db.$executeRaw`INSERT INTO rate_limit (key, points, expire)
    VALUES (${`hook-service:${service.id}`}, ${limit}, ${BigInt(Date.now() + 60_000)})`;
  const refused = await post(service, push("a"));
  expect([refused.status, refused.body.code]).toEqual([429, "rate-limited"]);
});

test("the commands of docs/hooks.md deploy", async () => {
  const service = await aHookedService(member, "by-curl");
  const page = await readFile("docs/hooks.md", "utf8");
  const script = /```sh\n([\s\S]*?openssl[\s\S]*?)```/.exec(page)?.[1] ?? "";
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = request.headers as Record<string, string>;
    const text = Buffer.concat(chunks).toString();
    const answered = await call(POST, { method: "POST", params: { serviceId: service.id }, headers: sent, text });
    response.writeHead(answered.status, { "content-type": "application/json" }).end(answered.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const URL = `http://127.0.0.1:${port}/api/hooks/${service.id}`;
  const given = { ...process.env, URL, SECRET: service.secret, COMMIT: commitOf("by curl") };
  const { stdout } = await promisify(execFile)("sh", ["-ec", script], { env: given });
  server.close();
  expect(JSON.parse(stdout)).toMatchObject({ verdict: "deployed", deployment: { number: 1 } });
});
