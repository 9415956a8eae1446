import { randomBytes } from "node:crypto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { aUser } from "@/lib/domain/users/test-people";
import { aLocalTarget } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { tarGzOf, zipOf } from "@/lib/sources/archive/test-archives";
import { asToken } from "@/lib/web/auth/test-callers";
import { call } from "@/lib/web/http/test-call";
import { POST as deployService } from "../deployments/route";
import { PATCH as changeService } from "../services/[name]/route";
import { POST as createService } from "../services/route";
import { GET } from "./[uploadId]/route";
import { POST } from "./route";

let ana: Record<string, string>;
let ben: Record<string, string>;
let admin: Record<string, string>;
let viewer: Record<string, string>;

/** More than any test here uploads, except the test of the limit. */
const HOURLY_MB = 160;

beforeAll(async () => {
  process.env.UPLOAD_LIMIT_MB = "3";
  process.env.UPLOAD_LIMIT_MB_PER_HOUR = String(HOURLY_MB);
  await aLocalTarget();
  [ana, ben] = [await asToken(await aUser("member")), await asToken(await aUser("member"))];
  [admin, viewer] = [await asToken(await aUser("admin")), await asToken(await aUser("viewer"))];
});
beforeEach(() => db.upload.deleteMany());

const A_PROJECT = [{ path: "shop/package.json", content: "{}" }];

function upload(archive: Buffer, headers: Record<string, string>, name = "shop.tar.gz") {
  const form = new FormData();
  form.append("file", new File([new Uint8Array(archive)], name));
  return call(POST, { method: "POST", path: "/api/uploads", headers, form });
}
const read = (uploadId: string, headers: Record<string, string>) =>
  call(GET, { path: `/api/uploads/${uploadId}`, params: { uploadId }, headers });

test("an archive is kept, looked through and described, and the trail says so", async () => {
  const archive = await tarGzOf([...A_PROJECT, { path: "shop/noise", content: randomBytes(2_500_000) }]);
  const { status, headers, body } = await upload(archive, ana, "متجر.tar.gz");
  expect(status).toBe(201);
  expect(body).toMatchObject({
    fileName: "متجر.tar.gz",
    kind: "tar.gz",
    bytes: archive.length,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    files: 2,
    unpackedBytes: 2_500_002,
    folder: "shop",
    entries: ["noise", "package.json"],
  });
  expect(headers.get("location")).toBe(`/api/uploads/${body.id}`);
  expect(await db.uploadChunk.count({ where: { uploadId: body.id } })).toBe(3);
  expect((await read(body.id, ana)).body).toEqual(body);
  const trail = await db.auditEvent.findMany({ where: { subjectId: body.id } });
  expect(trail).toMatchObject([{ action: "upload.create", subjectName: "متجر.tar.gz" }]);
});

test("an upload is its owner's; a viewer reads it and uploads nothing", async () => {
  const { body } = await upload(zipOf(A_PROJECT), ana, "shop.zip");
  expect((await read(body.id, ben)).status).toBe(404);
  expect((await read(body.id, admin)).status).toBe(200);
  expect((await read(body.id, viewer)).status).toBe(200);
  expect((await upload(zipOf(A_PROJECT), viewer)).status).toBe(403);
  expect((await upload(zipOf(A_PROJECT), {})).status).toBe(401);
});

test("what is no good is refused with what is wrong and which entry, and nothing of it is kept", async () => {
  const traversal = await upload(zipOf([{ path: "../evil", content: "x" }]), ana);
  expect([traversal.status, traversal.body.code]).toEqual([422, "archive-invalid"]);
  expect(traversal.body.detail).toContain("“../evil” would be written outside");
  expect(traversal.body.fields).toMatchObject([{ pointer: "/file", code: "archive-invalid" }]);
  const text = await upload(Buffer.from("hello"), ana, "hello.zip");
  expect(text.body.detail).toContain("neither a .tar.gz nor a .zip");
  const arabic = await upload(Buffer.from("hello"), { ...ana, "accept-language": "ar" });
  expect(arabic.body.detail).toContain("لا يمكن استخدام هذا الأرشيف");
  expect(await db.upload.count()).toBe(0);
});

test("one that is too large is refused, by what it says and by what it is", async () => {
  const large = randomBytes(3_100_000);
  const told = await upload(large, { ...ana, "content-length": "4000000" });
  const found = await upload(large, ana);
  for (const { status, body } of [told, found]) {
    expect([status, body.code]).toEqual([413, "upload-too-large"]);
    expect(body.detail).toContain("3 MB");
  }
  expect(await db.upload.count()).toBe(0);
});

test("a small archive that unpacks to something huge is refused", async () => {
  const { body } = await upload(await tarGzOf([{ path: "zeros", content: Buffer.alloc(31_000_000) }]), ana);
  expect(body).toMatchObject({ code: "archive-invalid", params: { reason: "size", limit: 30 } });
});

test("a database without disk space says so, and nothing of it is kept", async () => {
  await db.$executeRaw`CREATE FUNCTION fill_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`;
  await db.$executeRaw`CREATE TRIGGER full_disk BEFORE INSERT ON upload_chunk EXECUTE FUNCTION fill_disk()`;
  const { status, body } = await upload(zipOf(A_PROJECT), ana);
  await db.$executeRaw`DROP TRIGGER full_disk ON upload_chunk`;
  expect([status, body.code]).toEqual([507, "storage-full"]);
  expect(await db.upload.count()).toBe(0);
});

test("a body that is no form, or has no file, says what is missing", async () => {
  const json = await call(POST, { method: "POST", path: "/api/uploads", headers: ana, body: {} });
  expect([json.status, json.body.code]).toEqual([400, "malformed-form"]);
  const empty = await call(POST, { method: "POST", path: "/api/uploads", headers: ana, form: new FormData() });
  expect([empty.status, empty.body.code]).toEqual([400, expect.stringMatching(/malformed-form|invalid-request/)]);
  const other = new FormData();
  other.append("archive", new File(["x"], "x.zip"));
  const wrong = await call(POST, { method: "POST", path: "/api/uploads", headers: ana, form: other });
  expect(wrong.body.fields).toMatchObject([{ pointer: "/file", code: "required" }]);
});

test("a service names an upload of its maker's, and every other wrong field is named beside it", async () => {
  const { body: mine } = await upload(zipOf(A_PROJECT), ana);
  const make = (uploadId: string, headers: Record<string, string>, more: object = {}) =>
    call(createService, {
      method: "POST",
      path: "/api/services",
      headers,
      body: { name: "shop", driver: "process", port: 4_100, source: { kind: "archive", uploadId }, ...more },
    });
  const foreign = await make(mine.id, ben, { port: 0 });
  expect(foreign.body.fields.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code])).toEqual([
    ["/port", "too-low"],
    ["/source/uploadId", "not-found"],
  ]);
  expect((await make(mine.id, ben)).status).toBe(400);
  const made = await make(mine.id, ana);
  expect([made.status, made.body.source]).toEqual([201, { kind: "archive", uploadId: mine.id }]);
});

test("a person uploads as much as one may in an hour, in however many archives, and others go on", async () => {
  const [one, other] = [await asToken(await aUser("member")), await asToken(await aUser("member"))];
  // Counted in units of 8 MB; a small archive is one unit.
  for (let megabytes = 8; megabytes <= HOURLY_MB; megabytes += 8)
    expect((await upload(zipOf(A_PROJECT), one)).status).toBe(201);
  const kept = await db.upload.count();
  const { status, body, headers } = await upload(zipOf(A_PROJECT), one);
  expect([status, body.code]).toEqual([429, "rate-limited"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(60);
  expect(await db.upload.count()).toBe(kept);
  expect((await upload(zipOf(A_PROJECT), other)).status).toBe(201);
});

test("a service keeps the upload it has, whoever uploaded it, and takes no other one of theirs", async () => {
  const [{ body: mine }, { body: theirs }, { body: other }] = [
    await upload(zipOf(A_PROJECT), ana),
    await upload(zipOf(A_PROJECT), admin),
    await upload(zipOf(A_PROJECT), admin),
  ];
  const from = (uploadId: string) => ({ source: { kind: "archive", uploadId } });
  const body = { name: "kept", driver: "process", port: 4_101, ...from(mine.id) };
  await call(createService, { method: "POST", path: "/api/services", headers: ana, body });
  const change = (headers: Record<string, string>, changed: object) =>
    call(changeService, {
      method: "PATCH",
      path: "/api/services/kept",
      params: { name: "kept" },
      headers,
      body: changed,
    });
  expect((await change(admin, from(theirs.id))).status).toBe(200);
  expect((await change(ana, { ...from(theirs.id), port: 4_102 })).status).toBe(200);
  const refused = await change(ana, from(other.id));
  expect(refused.body.fields).toMatchObject([{ pointer: "/source/uploadId", code: "not-found" }]);
});

test("a token that only deploys replaces an upload by one of its own, and no other source", async () => {
  const owner = await aUser("member");
  const [token, other] = [await asToken(owner, { deployOnly: true }), await asToken(owner)];
  const make = (name: string, port: number, source: object) =>
    call(createService, {
      method: "POST",
      path: "/api/services",
      headers: other,
      body: { name, driver: "process", port, source },
    });
  const { body: first } = await upload(zipOf(A_PROJECT), other);
  await make("from-upload", 4_110, { kind: "archive", uploadId: first.id });
  await make("from-git", 4_111, { kind: "git", url: "https://github.com/acme/shop.git" });
  const { body: mine } = await upload(zipOf(A_PROJECT), token);
  const deploy = (service: string, uploadId: string) =>
    call(deployService, {
      method: "POST",
      path: "/api/deployments",
      headers: token,
      body: { service, upload: uploadId },
    });
  const wrongField = async (service: string, uploadId: string) => (await deploy(service, uploadId)).body.fields;
  expect(await wrongField("from-upload", first.id)).toMatchObject([{ pointer: "/upload", code: "not-found" }]);
  expect(await wrongField("from-git", mine.id)).toMatchObject([{ pointer: "/upload", code: "upload-needs-archive" }]);
  expect((await deploy("from-upload", mine.id)).status).toBe(202);
  const { source } = await db.service.findFirstOrThrow({ where: { name: "from-upload" } });
  expect(source).toEqual({ kind: "archive", uploadId: mine.id });
});
