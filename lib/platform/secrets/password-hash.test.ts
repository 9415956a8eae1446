import { expect, test } from "vitest";
import { hashPassword, isPassword } from "./password-hash";

test("only the password itself fits its hash", async () => {
  const hash = await hashPassword("correct horse battery");
  expect(hash).toMatch(/^\$argon2id\$/);
  expect(await isPassword("correct horse battery", hash)).toBe(true);
  expect(await isPassword("correct horse batterY", hash)).toBe(false);
});

test("nobody's password costs the same work as somebody's", async () => {
  const hash = await hashPassword("correct horse battery");
  await isPassword("x", null); // creates the hash to compare with
  const known = await timeMs(() => isPassword("wrong", hash));
  const unknown = await timeMs(() => isPassword("wrong", null));
  // Without hashing it would be a thousand times faster, more than a busy machine explains.
  expect(unknown).toBeGreaterThan(known / 20);
});

test("half a character does not throw", async () => {
  expect(await isPassword("\ud800", await hashPassword("something else"))).toBe(false);
});

/** The fastest of a few, because the machine is shared. */
async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return Math.min(...times);
}
