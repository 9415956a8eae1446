import { createCipheriv, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { db } from "@/lib/db/client";
import { aPerson, aService } from "@/lib/deployments/test-service";
import { keyRing, parseKeys } from "@/lib/secrets/key-ring";
import { seal, unseal } from "@/lib/secrets/seal";
import { readKeyFile, writeKeyFile } from "./key-file";
import { reseal } from "./reseal";
import { type RotationStep, resealUnderFirst, rotateKeyFile } from "./rotate-key";
import { SEALED_COLUMNS } from "./sealed-columns";

const SWIFT = { settleMs: 0, patienceMs: 15_000 };
const OLD = randomBytes(32).toString("hex");
/** More than are sealed anew at once. */
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
  await rm(directory, { recursive: true });
  await db.process.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null } });
  await db.environmentRevision.deleteMany();
  await db.imageRegistry.deleteMany();
  await db.stackTemplate.deleteMany();
  await db.target.deleteMany({ where: { kind: "dokploy" } });
});

/** One of everything that is sealed, and many environments; the text is what is in each. */
async function fill(text: string) {
  const service = await aService(await aPerson(), { name: `shop-${randomUUID().slice(0, 8)}` });
  const names = ["TOKEN"];
  const revisions = Array.from({ length: REVISIONS }, (_, n) => ({
    serviceId: service.id,
    number: n + 1,
    sealed: seal(text),
    names,
  }));
  await db.environmentRevision.createMany({ data: revisions });
  const registry = await db.imageRegistry.create({
    data: { host: `${randomUUID()}.example.com`, username: "u", sealedPassword: seal(text) },
  });
  await db.target.create({ data: { name: `d-${randomUUID()}`, kind: "dokploy", sealedSecrets: seal(text) } });
  const template = { name: randomUUID(), image: "i:1", port: 80, domainSuffix: "example.com" };
  await db.stackTemplate.create({ data: { ...template, sealedEnvironment: seal(text) } });
  await db.stackTemplate.create({ data: { ...template, name: randomUUID() } }); // nothing sealed
  return { registryId: registry.id };
}

async function everyText(): Promise<string[]> {
  const columns = SEALED_COLUMNS.map(({ table, column }) =>
    db.$queryRawUnsafe<{ text: string }[]>(`SELECT ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL`),
  );
  return (await Promise.all(columns)).flat().map(({ text }) => text);
}

async function expectAllUnder(key: string): Promise<void> {
  const texts = await everyText();
  expect(texts).toHaveLength(REVISIONS + 3);
  const { id } = parseKeys(key)[0];
  expect(texts.filter((text) => !text.startsWith(`2.${id}.`))).toEqual([]);
}

/** A living process that has told which keys it has. */
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
  expect(rotation.outcome === "rotated" && rotation.counts.map(({ resealed }) => resealed)).toEqual([
    REVISIONS,
    1,
    1,
    1,
  ]);
  for (const text of await everyText()) expect(unseal(text)).toBe("value");
});

test("what reads and writes meanwhile always can, and no change is lost", async () => {
  const { registryId } = await fill("value");
  const done = new AbortController();
  const others = await aProcess([OLD]);
  let written = 0;
  const writer = async () => {
    while (!done.signal.aborted) {
      written += 1;
      await db.imageRegistry.update({ where: { id: registryId }, data: { sealedPassword: seal(written) } });
    }
  };
  const reader = async () => {
    while (!done.signal.aborted) for (const text of await everyText()) unseal(text);
  };
  const slowProcess = async () => {
    while (!done.signal.aborted) {
      await sleep(300);
      await tells(others.id);
    }
  };
  const atWork = Promise.all([writer(), reader(), slowProcess()]);
  try {
    // What was read before the switch is opened by the time the old key goes, also on a busy machine.
    const patient = { ...SWIFT, settleMs: 3_000 };
    expect(await rotateKeyFile(file, patient)).toMatchObject({ outcome: "rotated" });
  } finally {
    done.abort();
    await atWork;
  }
  const registry = await db.imageRegistry.findUniqueOrThrow({ where: { id: registryId } });
  expect(unseal(registry.sealedPassword)).toBe(written);
  await expectAllUnder((await readKeyFile(file))[0] ?? "");
});

test("what was sealed before the switch and is committed after it is found too", async () => {
  const { registryId } = await fill("value");
  const late = seal("late");
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
  expect(unseal(registry.sealedPassword)).toBe("late");
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
    for (const text of await everyText()) expect(unseal(text)).toBe("value");
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
  const counts = await reseal();
  expect(counts.at(-1)).toEqual({ table: "image_registry", resealed: 1, passedOver: 0, unreadable: 2 });
  const rows = await db.imageRegistry.findMany();
  const textOf = (host: string) => rows.find((row) => row.host === host)?.sealedPassword ?? "";
  expect(unseal(textOf("nameless"))).toBe("nameless");
  expect([textOf("foreign"), textOf("empty")]).toEqual(["2.00000000.AAAA", ""]);
});

test("a session goes on while the keys change, and is sealed under the new one", async () => {
  const { makeSessionToken, readSessionToken } = await import("@/lib/auth/session-token");
  const user = { id: randomUUID(), sessionVersion: 3 };
  const cookie = await makeSessionToken(user);
  const fresh = randomBytes(32).toString("hex");
  await writeKeyFile(file, [fresh, OLD]);
  expect(await readSessionToken(cookie)).toMatchObject({ sub: user.id, sessionVersion: 3, iat: 0 });
  const renewed = await makeSessionToken(user);
  await writeKeyFile(file, [fresh]);
  expect(await readSessionToken(cookie)).toBeNull();
  expect(await readSessionToken(renewed)).toMatchObject({ sub: user.id });
  expect(await readFile(file, "utf8")).toBe(`${fresh}\n`);
});
