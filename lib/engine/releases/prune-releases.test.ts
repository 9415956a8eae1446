import { expect, test } from "vitest";
import { prunable } from "./prune-releases";

const NOW = new Date("2026-06-30T12:00:00Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3_600_000);
const release = (number: number, servedDaysAgo: number | null) => ({
  id: `release-${number}`,
  lastServedAt: servedDaysAgo === null ? null : daysAgo(servedDaysAgo),
});
const policy = { kept: 3, previousDays: 7, now: NOW };

test("the newest three stay, and so does the one that runs however old it is", () => {
  const releases = [release(6, 1), release(5, 2), release(4, 3), release(3, 40), release(2, 41), release(1, 0)];
  const gone = prunable(releases, { ...policy, currentId: "release-1" });
  expect(gone.map(({ id }) => id)).toEqual(["release-3", "release-2"]);
});

test("the one that served before stays for seven days after it did", () => {
  const served = (days: number) => [
    release(6, null),
    release(5, null),
    release(4, null),
    release(3, 0),
    release(2, days),
    release(1, 90),
  ];
  const goneAfter = (days: number) => prunable(served(days), { ...policy, currentId: "release-3" }).map(({ id }) => id);
  expect(goneAfter(6)).toEqual(["release-1"]);
  expect(goneAfter(8)).toEqual(["release-2", "release-1"]);
});

test("a service without a running release loses only what is old", () => {
  expect(prunable([release(2, null), release(1, null)], { ...policy, currentId: null })).toEqual([]);
});
