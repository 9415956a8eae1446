import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { announceProcess, chooseSealFormat } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { type Place, readOlder, seal, unseal, writeFormat } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { bindToPlaces, permitBinding } from "./reseal";

const placeOf = (id: string): Place => ({ table: "image_registry", column: "sealed_password", id });

afterEach(async () => {
  await db.imageRegistry.deleteMany();
  await db.process.deleteMany();
  await db.sealing.updateMany({ data: { boundFrom: new Date(0), permit: null } });
  readOlder(false);
  writeFormat(3);
});

async function aPassword(): Promise<string> {
  const id = randomUUID();
  const sealedPassword = seal(new Secret("value"), placeOf(id));
  await db.imageRegistry.create({ data: { id, host: `${id}.example.com`, username: "u", sealedPassword } });
  return id;
}
const textOf = async (id: string) => (await db.imageRegistry.findUniqueOrThrow({ where: { id } })).sealedPassword;

test("while a process of an older version is there, texts are sealed as it reads them; then they are bound", async () => {
  await permitBinding();
  // An older version does not know the column, so the database writes the format which that version reads.
  await db.$executeRaw`INSERT INTO process (id, role, host, pid, version) VALUES ('old', 'worker', 'h', 1, '0.1.0')`;
  const self = await announceProcess("web");
  const id = await aPassword();
  expect(await textOf(id)).toMatch(/^2\./);
  await bindToPlaces();
  expect(await textOf(id)).toMatch(/^2\./);

  await db.process.delete({ where: { id: "old" } });
  await chooseSealFormat();
  await bindToPlaces();
  const bound = await textOf(id);
  expect(bound).toMatch(/^3\./);
  expect(unseal<Secret>(bound, placeOf(id)).reveal()).toBe("value");
  expect(() => unseal(bound, placeOf(randomUUID()))).toThrow();
  // The pass without remaining texts ends it, and no row of the database can restart it.
  await bindToPlaces();
  expect((await db.sealing.findFirstOrThrow()).permit).toBeNull();
  await db.$executeRaw`INSERT INTO process (id, role, host, pid, version) VALUES ('forged', 'worker', 'h', 1, '0.1.0')`;
  await db.sealing.updateMany({ data: { boundFrom: new Date(Date.now() + 60_000), permit: "3.00000000.AAAA" } });
  writeFormat(2);
  const moved = seal(new Secret("value"), placeOf(id));
  await chooseSealFormat();
  expect(() => unseal(moved, placeOf(id))).toThrow(expect.objectContaining({ code: "sealed-with-other-key" }));
  expect(await textOf(await aPassword())).toMatch(/^3\./);
  await self.stop();
});

test("an installation that was upgraded can go back for a day: until then nothing is bound", async () => {
  await permitBinding();
  await db.sealing.updateMany({ data: { boundFrom: new Date(Date.now() + 60_000) } });
  await chooseSealFormat();
  expect(await textOf(await aPassword())).toMatch(/^2\./);
});
