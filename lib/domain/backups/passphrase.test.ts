import { expect, test } from "vitest";
import { lockAway, unlock } from "./passphrase";

const PLAIN = Buffer.from("the key");

test("the passphrase opens it, and nothing else does", async () => {
  const { bytes, lock } = await lockAway(PLAIN, "correct horse battery");
  expect(await unlock(bytes, lock, "correct horse battery")).toEqual(PLAIN);
  expect(bytes.includes(PLAIN)).toBe(false);
  await expect(unlock(bytes, lock, "correct horse batterY")).rejects.toMatchObject({ code: "backup-passphrase-wrong" });
});

test("a changed byte is refused, and the same plain text looks different every time", async () => {
  const { bytes, lock } = await lockAway(PLAIN, "correct horse battery");
  const again = await lockAway(PLAIN, "correct horse battery");
  expect(again.bytes).not.toEqual(bytes);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await expect(unlock(bytes, lock, "correct horse battery")).rejects.toMatchObject({ code: "backup-passphrase-wrong" });
});
