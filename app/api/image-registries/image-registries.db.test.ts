import { beforeAll, beforeEach, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { db } from "@/lib/platform/db/client";
import { findImageCredentials } from "@/lib/sources/image/image-registries";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { DELETE, PATCH } from "./[registryId]/route";
import { GET, POST } from "./route";

const PASSWORD = "ghp_s3cret-Passw0rd";
const path = "/api/image-registries";

let admin: Record<string, string>;
let viewer: Record<string, string>;
beforeAll(async () => {
  [admin, viewer] = [await asToken(await aUser("admin")), await asToken(await aUser("viewer"))];
});
beforeEach(() => db.imageRegistry.deleteMany());

const create = (body: object, headers = admin) => call(POST, { method: "POST", path, headers, body });
const change = (registryId: string, body: object) =>
  call(PATCH, { method: "PATCH", path, params: { registryId }, headers: admin, body });
const signIn = { host: "ghcr.io", username: "ana", password: PASSWORD };

test("a sign-in is kept sealed, and its password is in no answer and no trail", async () => {
  const { status, body, headers, text } = await create(signIn);
  expect([status, body.host, body.username]).toEqual([201, "ghcr.io", "ana"]);
  expect(headers.get("location")).toBe(`${path}/${body.id}`);
  const list = await call(GET, { path, headers: viewer });
  expect(list.body.items).toEqual([body]);
  const trail = await db.auditEvent.findMany({ where: { subjectId: body.id } });
  expect(trail).toMatchObject([{ action: "image-registry.create", subjectName: "ghcr.io" }]);
  const row = await db.imageRegistry.findUniqueOrThrow({ where: { id: body.id } });
  for (const kept of [text, list.text, JSON.stringify(trail), JSON.stringify(row)])
    expect(kept).not.toContain(PASSWORD);
  expect(await credentialsOf("ghcr.io")).toEqual({ username: "ana", password: PASSWORD });
  expect(await findImageCredentials("quay.io")).toBeNull();
});

async function credentialsOf(host: string) {
  const found = await findImageCredentials(host);
  return found && { ...found, password: found.password.reveal() };
}

test.each([
  ["GHCR.io", "ghcr.io"],
  ["index.docker.io", "docker.io"],
  ["registry.example.com:5000", "registry.example.com:5000"],
  [" localhost:5000 ", "localhost:5000"],
])("%s is one and the same as %s", async (written, host) => {
  expect((await create({ ...signIn, host: written })).body.host).toBe(host);
  const again = await create({ ...signIn, host });
  expect([again.status, again.body.code, again.body.fields[0].pointer]).toEqual([409, "name-taken", "/host"]);
});

test.each(["https://ghcr.io", "ghcr.io/acme", "ghcr io", "", "-x", "ghcr.io:port"])(
  "%j is no registry",
  async (host) => {
    const { status, body } = await create({ ...signIn, host });
    expect([status, body.fields[0].pointer]).toEqual([400, "/host"]);
  },
);

test("what is absent stays when it is changed, and the next pull uses it", async () => {
  const { body } = await create(signIn);
  expect((await change(body.id, { username: "ben" })).body.username).toBe("ben");
  expect(await credentialsOf("ghcr.io")).toEqual({ username: "ben", password: PASSWORD });
  await change(body.id, { password: "another" });
  expect(await credentialsOf("ghcr.io")).toEqual({ username: "ben", password: "another" });
  const trail = await db.auditEvent.findMany({ where: { subjectId: body.id }, orderBy: { id: "asc" } });
  expect(trail.slice(1).map(({ details }) => details)).toEqual([
    { username: "ben", passwordChanged: false },
    { username: "ben", passwordChanged: true },
  ]);
  expect((await change(crypto.randomUUID(), { username: "x" })).status).toBe(404);
});

test("removed is forgotten", async () => {
  const { body } = await create(signIn);
  const remove = () => call(DELETE, { method: "DELETE", path, params: { registryId: body.id }, headers: admin });
  expect((await remove()).status).toBe(204);
  expect((await remove()).status).toBe(404);
  expect(await findImageCredentials("ghcr.io")).toBeNull();
});
