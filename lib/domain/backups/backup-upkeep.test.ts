import { expect, test } from "vitest";
import { outdated } from "./backup-upkeep";

const at = (name: string, day: number) => ({ name, bytes: 1, storedAt: new Date(Date.UTC(2026, 0, day)) });
const NONE: ReadonlySet<string> = new Set();

test("the newest are kept, whatever they are called", () => {
  const archives = [at("b", 3), at("z", 1), at("a", 2), at("c", 4)];
  expect(outdated(archives, 2, NONE)).toEqual(["a", "z"]);
  expect(outdated(archives, 10, NONE)).toEqual([]);
});

test("those made before a restore push no other out, and are as many", () => {
  const archives = [at("night-1", 1), at("night-2", 2), at("safety-3", 3), at("safety-4", 4), at("safety-5", 5)];
  expect(outdated(archives, 2, NONE)).toEqual(["safety-3"]);
});

test("the newest proven one stays, however many unproven ones came after it", () => {
  const archives = [at("good", 2), at("older", 1), at("bad-1", 3), at("bad-2", 4)];
  expect(outdated(archives, 2, new Set(["good", "older"]))).toEqual(["older"]);
});
