import { createCipheriv, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import { type Place, readOlder, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { readKeyFile, writeKeyFile } from "./key-file";
import { reseal, SEALED_COLUMNS } from "./reseal";
import { type RotationStep, resealUnderFirst, rotateKeyFile } from "./rotate-key";

const SWIFT = { settleMs: 0, patienceMs: 15_000 };
const OLD = randomBytes(32).toString("hex");
/** More than one batch. */
const REVISIONS = 450;
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-rotation-"));
  file = join(directory, "secret.key");
  await writeFile(file, `${OLD}\n`, { mode: 0o600 });
  vi.stubEnv("LANDFALL_SECRET_KEY", "");
  vi.stubEnv("LANDFALL_SECRET_KEY_FILE", file);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  readOlder(false);
  await rm(directory, { recursive: true });
  await db.process.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null } });
  await db.environmentRevision.deleteMany();
  await db.imageRegistry.deleteMany();
  await db.totp.deleteMany();
  await db.gitAccess.deleteMany();
  await db.hook.deleteMany();
  await db.notificationChannel.deleteMany();
  await db.stackTemplate.deleteMany();
  await db.target.deleteMany({ where: { kind: "dokploy" } });
});

function sealAt(table: string, column: string, id: string, text: string): string {
  return seal(new Secret(text), { table, column, id });
}
const passwordPlace = (id: string): Place => ({ table: "image_registry", column: "sealed_password", id });
const sealPassword = (id: string, text: string) => seal(new Secret(text), passwordPlace(id));
const passwordOf = ({ id, sealedPassword }: { id: string; sealedPassword: string }) =>
  unseal<Secret>(sealedPassword, passwordPlace(id)).reveal();

/** One row of every encrypted kind, and many environments, all with the given text. */
async function fill(text: string) {
  const person = await aPerson();
  const totpId = randomUUID();
  const sealedSecret = sealAt("totp", "sealed_secret", totpId, text);
  await db.totp.create({ data: { id: totpId, userId: person.id, sealedSecret } });
  const service = await aService(person, { name: `shop-${randomUUID().slice(0, 8)}` });
  const names = ["TOKEN"];
  const revisions = Array.from({ length: REVISIONS }, (_, n) => {
    const id = randomUUID();
    const sealed = sealAt("environment_revision", "sealed", id, text);
    return { id, serviceId: service.id, number: n + 1, sealed, names };
  });
  await db.environmentRevision.createMany({ data: revisions });
  const id = randomUUID();
  const sealedPassword = sealAt("image_registry", "sealed_password", id, text);
  await db.imageRegistry.create({ data: { id, host: `${id}.example.com`, username: "u", sealedPassword } });
  const sealedSecrets = sealAt("target", "sealed_secrets", id, text);
  await db.target.create({ data: { id, name: `d-${id}`, kind: "dokploy", sealedSecrets } });
  const template = { name: randomUUID(), image: "i:1", port: 80, domainSuffix: "example.com" };
  const sealedEnvironment = sealAt("stack_template", "sealed_environment", id, text);
  await db.stackTemplate.create({ data: { id, ...template, sealedEnvironment } });
  await db.stackTemplate.create({ data: { ...template, name: randomUUID() } }); // has no encrypted text
  const [sealedKey, sealedToken] = ["sealed_key", "sealed_token"].map((column) =>
    sealAt("git_access", column, id, text),
  );
  await db.gitAccess.create({ data: { id, serviceId: service.id, sealedKey, sealedToken } });
  await db.hook.create({
    data: { id, serviceId: service.id, sealedSecret: sealAt("hook", "sealed_secret", id, text) },
  });
  const sealedSettings = sealAt("notification_channel", "sealed_settings", id, text);
  await db.notificationChannel.create({ data: { id, kind: "slack", name: "ops", sealedSettings } });
  return { registryId: id };
}

async function everyText(): Promise<{ text: string; place: Place }[]> {
  const columns = SEALED_COLUMNS.map(async ({ table, column }) => {
    const rows = await db.$queryRawUnsafe<{ id: string; text: string }[]>(
      `SELECT id::text AS id, ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`,
    );
    return rows.map(({ id, text }) => ({ text, place: { table, column, id } }));
  });
  return (await Promise.all(columns)).flat();
}

async function expectAllOpen(value: string): Promise<void> {
  for (const { text, place } of await everyText()) expect(unseal<Secret>(text, place).reveal()).toBe(value);
}

async function expectAllUnder(key: string): Promise<void> {
  const texts = await everyText();
  expect(texts).toHaveLength(REVISIONS + SEALED_COLUMNS.length - 1);
  const { id } = parseKeys(key)[0];
  expect(texts.filter(({ text }) => !text.startsWith(`3.${id}.`))).toEqual([]);
}

/** A running process that has reported its keys. */
function aProcess(keys: string[]) {
  const secretKeys = keys.map((key) => parseKeys(key)[0].id);
  return db.process.create({
    data: {
      id: randomUUID(),
      role: "worker",
      host: "h",
      pid: 7,
      version: "1",
      secretKeys,
      seenAt: new Date(Date.now() + 60_000),
    },
  });
}
const tells = async (id: string) =>
  db.process.update({
    where: { id },
    data: { secretKeys: (await readKeyFile(file)).map((key) => parseKeys(key)[0].id) },
  });

test("everything is under a new key afterwards, and the old one is gone", async () => {
  await fill("value");
  const rotation = await rotateKeyFile(file, SWIFT);
  expect(rotation).toMatchObject({ outcome: "rotated" });
  const [key = "", ...others] = await readKeyFile(file);
  expect(others).toEqual([]);
  expect(key).not.toBe(OLD);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await expectAllUnder(key);
  expect(rotation.outcome === "rotated" && rotation.counts.map(({ resealed }) => resealed)).toEqual(
    SEALED_COLUMNS.map(({ table }) => (table === "environment_revision" ? REVISIONS : 1)),
  );
  await expectAllOpen("value");
});

test("what reads and writes meanwhile always can, and no change is lost", async () => {
  const { registryId } = await fill("value");
  const done = new AbortController();
  const others = await aProcess([OLD]);
  let written = 0;
  const writer = async () => {
    while (!done.signal.aborted) {
      written += 1;
      await db.imageRegistry.update({
        where: { id: registryId },
        data: { sealedPassword: sealPassword(registryId, `${written}`) },
      });
    }
  };
  const reader = async () => {
    while (!done.signal.aborted) for (const { text, place } of await everyText()) unseal(text, place);
  };
  const slowProcess = async () => {
    while (!done.signal.aborted) {
      await sleep(300);
      await tells(others.id);
    }
  };
  const atWork = Promise.all([writer(), reader(), slowProcess()]);
  try {
    // Values read before the switch are decrypted before the old key is dropped, even on a busy machine.
    const patient = { ...SWIFT, settleMs: 3_000 };
    expect(await rotateKeyFile(file, patient)).toMatchObject({ outcome: "rotated" });
  } finally {
    done.abort();
    await atWork;
  }
  const registry = await db.imageRegistry.findUniqueOrThrow({ where: { id: registryId } });
  expect(passwordOf(registry)).toBe(`${written}`);
  await expectAllUnder((await readKeyFile(file))[0] ?? "");
});

test("what was sealed before the switch and is committed after it is found too", async () => {
  const { registryId } = await fill("value");
  const late = sealPassword(registryId, "late");
  const alive = await aProcess([OLD]);
  let committed: Promise<unknown> | undefined;
  const onStep = (step: RotationStep) => {
    if (step !== "settle") return;
    committed = db.imageRegistry.update({ where: { id: registryId }, data: { sealedPassword: late } }).then();
  };
  const following = setInterval(() => void tells(alive.id), 100);
  try {
    expect(await rotateKeyFile(file, { ...SWIFT, settleMs: 500, onStep })).toMatchObject({ outcome: "rotated" });
  } finally {
    clearInterval(following);
  }
  await committed;
  const registry = await db.imageRegistry.findUniqueOrThrow({ where: { id: registryId } });
  expect(passwordOf(registry)).toBe("late");
  await expectAllUnder((await readKeyFile(file))[0] ?? "");
});

test.each(["read", "first", "reseal", "drop"] as const)(
  "interrupted at %s, all stays readable and the next run completes it",
  async (where) => {
    await fill("value");
    const onStep = (step: RotationStep) => {
      if (step === where) throw new Error("the power went");
    };
    await expect(rotateKeyFile(file, { ...SWIFT, onStep })).rejects.toThrow("the power went");
    await expectAllOpen("value");
    expect(await rotateKeyFile(file, SWIFT)).toMatchObject({ outcome: "rotated" });
    const keys = await readKeyFile(file);
    expect(keys).toHaveLength(1);
    await expectAllUnder(keys[0] ?? "");
  },
);

test("a process that does not take the new key up keeps it from sealing anything", async () => {
  await fill("value");
  await aProcess([OLD]);
  const rotation = await rotateKeyFile(file, { ...SWIFT, patienceMs: 300 });
  expect(rotation).toMatchObject({ outcome: "behind", processes: [{ role: "worker", pid: 7 }] });
  expect((await readKeyFile(file))[0]).toBe(OLD);
  await expectAllUnder(OLD);
});

test("keys given from outside: everything goes under the first, once every process seals under it", async () => {
  await fill("value");
  const fresh = randomBytes(32).toString("hex");
  await writeKeyFile(file, [fresh, OLD]);
  const behind = await aProcess([OLD, fresh]);
  expect(await resealUnderFirst({ ...SWIFT, patienceMs: 300 })).toMatchObject({ outcome: "behind" });
  await tells(behind.id);
  expect(await resealUnderFirst(SWIFT)).toMatchObject({ outcome: "rotated" });
  await expectAllUnder(fresh);
});

test("texts that do not name their key are sealed anew, those that no key opens are told and left", async () => {
  await fill("value");
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyRing()[0].bytes, nonce);
  const body = Buffer.concat([cipher.update('"nameless"'), cipher.final()]);
  const nameless = `1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url")}`;
  const data = (host: string, sealedPassword: string) => ({ host, username: "u", sealedPassword });
  await db.imageRegistry.createMany({
    data: [data("nameless", nameless), data("foreign", "2.00000000.AAAA"), data("empty", "")],
  });
  readOlder(true);
  const counts = await reseal();
  expect(counts).toContainEqual({ table: "image_registry", resealed: 1, passedOver: 0, unreadable: 2 });
  const rows = await db.imageRegistry.findMany();
  const rowOf = (host: string) => rows.find((row) => row.host === host) ?? { id: "", sealedPassword: "" };
  expect(passwordOf(rowOf("nameless"))).toBe("nameless");
  expect(rowOf("nameless").sealedPassword).toMatch(/^3\./);
  expect([rowOf("foreign"), rowOf("empty")].map((row) => row.sealedPassword)).toEqual(["2.00000000.AAAA", ""]);
});

test("sessions do not depend on a key", async () => {
  const { findSession, startSession } = await import("@/lib/web/auth/sessions");
  const { id: userId } = await aPerson();
  const cookie = await startSession({ userId, via: "password", strong: false, ip: "192.0.2.1", userAgent: null });
  await writeKeyFile(file, [randomBytes(32).toString("hex")]);
  expect((await findSession(cookie, null))?.userId).toBe(userId);
});
