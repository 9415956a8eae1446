import { generateKeyPairSync } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { DELETE as removeService } from "../services/[name]/route";
import { POST as create } from "../services/route";
import { POST as check } from "./[name]/check/route";
import { PATCH as change, GET as read, DELETE as remove } from "./[name]/route";
import { POST as readHostKey } from "./host-key/route";
import { POST as add, GET as list } from "./route";
import { POST as tryOut } from "./test/route";

process.env.LANDFALL_LOG_LEVEL = "silent";

let admin: Record<string, string>;
let member: Record<string, string>;
beforeAll(async () => {
  await ensureLocalTarget();
  admin = await asToken(await aUser("admin"));
  member = await asToken(await aUser("member"));
});
const params = { name: "this-machine" };

test("everybody who is known sees the targets", async () => {
  expect((await call(list, { headers: member })).body).toMatchObject({
    items: [{ name: "this-machine", kind: "local", readOnly: true }],
  });
  expect((await call(read, { headers: member, params })).body).toMatchObject({ name: "this-machine", concurrency: 4 });
  expect((await call(list)).status).toBe(401);
});

test("an administrator limits and rests one; its settings are the environment's", async () => {
  const { status, body } = await call(change, { method: "PATCH", headers: admin, params, body: { concurrency: 2 } });
  expect([status, body.concurrency]).toEqual([200, 2]);
  const wrong = await call(change, {
    method: "PATCH",
    headers: admin,
    params,
    body: { concurrency: 99, settings: {} },
  });
  expect([wrong.status, wrong.body.fields.map(({ code }: { code: string }) => code).toSorted()]).toEqual([
    400,
    ["too-high", "unknown-field"],
  ]);
  expect((await call(change, { method: "PATCH", headers: member, params, body: { disabled: true } })).status).toBe(403);
});

test("where Landfall was not started as root, its own machine takes no member's service and says why", async () => {
  const own = await ensureLocalTarget(false);
  await call(change, { method: "PATCH", headers: admin, params, body: { grants: { audience: "everyone" } } });
  const seen = await call(read, { headers: member, params });
  // Its page shows the sentence because of this (components/targets/host-body.tsx).
  expect(seen.body).toMatchObject({ isolates: false, mayDeploy: false });
  const source = { kind: "image", image: "nginx" };
  const body = { name: "shop", driver: "docker", source, port: 4_310, target: own.name };
  const refused = await call(create, { method: "POST", headers: member, body });
  expect(refused.body).toMatchObject({
    code: "choice-not-granted",
    fields: [
      {
        path: ["target"],
        code: "target-not-isolated",
        message: expect.stringContaining("Landfall was not started as root on this-machine"),
      },
    ],
  });
  const admins = await call(create, { method: "POST", headers: admin, body });
  expect([admins.status, admins.body.name]).toEqual([201, "shop"]);
  await call(removeService, { method: "DELETE", headers: admin, params: { name: "shop" } });
  await ensureLocalTarget(true);
});

test("it cannot be removed, and one that is not there is 404", async () => {
  const refused = await call(remove, { method: "DELETE", headers: admin, params });
  expect([refused.status, refused.body.code]).toEqual([409, "read-only"]);
  for (const name of ["none", "Not A Name"]) {
    expect((await call(read, { headers: admin, params: { name } })).status).toBe(404);
    expect((await call(remove, { method: "DELETE", headers: admin, params: { name } })).status).toBe(404);
    expect((await call(check, { method: "POST", headers: admin, params: { name } })).status).toBe(404);
  }
});

test("a check answers what was seen", async () => {
  const { status, body } = await call(check, { method: "POST", headers: admin, params });
  expect([status, body.lastCheck.ok, typeof body.lastCheck.tools.node]).toEqual([200, true, "string"]);
});

const server = {
  name: "web-1",
  host: "127.0.0.1",
  port: 1, // nothing listens there
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvLDcmfu2tYQyoSFyPKdYKBAhAJuqfzI2bBdhTj3UCn",
  key: {
    kind: "private-key",
    privateKey: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }),
  },
};
const send = (handler: typeof add, headers: Record<string, string>, body: unknown) =>
  call(handler, { method: "POST", headers, body });

test("only an administrator asks servers for their keys, tries and adds them", async () => {
  for (const handler of [add, readHostKey, tryOut]) expect((await send(handler, member, server)).status).toBe(403);
});

test("every wrong field of a server is named at once", async () => {
  const wrong = {
    name: "new",
    host: "https://web",
    port: 0,
    user: "-x",
    base: "/etc",
    hostKey: "no",
    key: { kind: "password" },
  };
  const { status, body } = await send(add, admin, wrong);
  expect([status, body.fields.map(({ pointer, code }: Record<string, string>) => [pointer, code])]).toEqual([
    400,
    [
      ["/name", "name-reserved"],
      ["/host", "not-a-host"],
      ["/port", "too-low"],
      ["/user", "not-a-user-name"],
      ["/key/kind", "not-an-option"],
      ["/hostKey", "not-a-host-key"],
      ["/base", "not-a-base-folder"],
    ],
  ]);
  const key = { kind: "private-key", privateKey: "ssh-ed25519 AAAA" };
  const unread = await send(tryOut, admin, { ...server, key });
  expect([unread.status, unread.body.fields]).toMatchObject([
    400,
    [{ pointer: "/key/privateKey", code: "ssh-key-public" }],
  ]);
});

test("a server that does not answer is not added; of a test that is the result", async () => {
  const { host, port } = server;
  for (const [handler, body] of [
    [readHostKey, { host, port }],
    [add, server],
  ] as const) {
    const { status, body: problem } = await send(handler, admin, body);
    expect([status, problem.code]).toEqual([502, "host-unreachable"]);
  }
  const { status, body } = await send(tryOut, admin, server);
  expect([status, body]).toMatchObject([200, { ok: false, problem: { code: "host-unreachable" } }]);
  expect((await send(tryOut, admin, { ...server, target: "none" })).status).toBe(404);
});
