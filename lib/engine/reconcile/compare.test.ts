import { expect, test } from "vitest";
import type { ProcessState } from "@/lib/contracts/process-type";
import type { Inspection } from "@/lib/drivers/driver";
import { conditionOf, differencesOf, needsRepair, withSince } from "./compare";

const RUNS: Inspection = {
  servingId: "wanted",
  way: "open",
  state: "running",
  since: null,
  restarts: 2,
  exitCode: null,
  processes: [],
  foreignArtifact: null,
};
const worker = (state: ProcessState["state"]): ProcessState => ({
  ...{ type: "worker", copy: 1, state, since: null, restarts: 0, exitCode: null },
});
const wanted = { releaseId: "wanted", restartsBefore: 2 };
const codes = (seen: Partial<Inspection>, before: number | null = 2) =>
  differencesOf({ ...wanted, restartsBefore: before }, { ...RUNS, ...seen }).map(({ code }) => code);

test.each<[string, Partial<Inspection>, string[], string]>([
  ["everything as it should be", {}, [], "good"],
  ["a worker that ended", { processes: [worker("down")] }, ["processes-down"], "drifted"],
  [
    "a worker that is started again and again",
    { processes: [worker("restarting")] },
    ["processes-unsteady"],
    "drifted",
  ],
  ["workers as they should be", { processes: [worker("running")] }, [], "good"],
  ["a release that ended", { state: "down", exitCode: 3 }, ["release-down"], "down"],
  ["nothing of the release", { state: "absent", way: "closed", servingId: null }, ["release-absent"], "down"],
  ["a container removed by hand", { state: "absent" }, ["release-absent"], "down"],
  ["one that is being started again", { state: "restarting" }, ["release-unsteady"], "unsteady"],
  ["one that has not come up", { state: "starting" }, ["release-unsteady"], "unsteady"],
  ["one that was restarted since the last look", { restarts: 3 }, ["release-unsteady"], "unsteady"],
  ["another release with the traffic", { servingId: "other", state: "down" }, ["other-release"], "drifted"],
  [
    "an image that is not the release's",
    { foreignArtifact: { wanted: "a", found: "b" } },
    ["foreign-artifact"],
    "drifted",
  ],
  ["an edge that is gone", { way: "edge-down" }, ["edge-down"], "down"],
  ["an edge that is gone with the release", { way: "edge-down", state: "down" }, ["release-down", "edge-down"], "down"],
  ["a supervisor that is gone", { way: "supervisor-down", state: "down" }, ["supervisor-down"], "down"],
  ["a way that leads elsewhere", { way: "closed" }, ["way-closed"], "down"],
  ["a record that is lost", { way: "closed", servingId: null }, ["way-closed"], "down"],
])("%s", (_, seen, expected, condition) => {
  const found = differencesOf(wanted, { ...RUNS, ...seen });
  expect(found.map(({ code }) => code)).toEqual(expected);
  expect(conditionOf(found, 1)).toBe(condition);
  expect(needsRepair(found)).toBe(condition === "down" || expected.includes("processes-down"));
});

test("the first look at a release says nothing about how often it was restarted", () => {
  expect(codes({ restarts: 9 }, null)).toEqual([]);
  expect(codes({ restarts: 9 }, 9)).toEqual([]);
});

test("one that ends again and again counts as down at the third look, and is not put back by us", () => {
  const found = differencesOf(wanted, { ...RUNS, state: "restarting" });
  expect([1, 2, 3, 4].map((looks) => conditionOf(found, looks))).toEqual(["unsteady", "unsteady", "down", "down"]);
  expect(needsRepair(found)).toBe(false);
});

test("how it ended is told with it", () => {
  expect(differencesOf(wanted, { ...RUNS, state: "down", exitCode: 137 })).toEqual([
    { code: "release-down", params: { exitCode: 137 } },
  ]);
});

test("a difference keeps when it was first seen; one that comes back begins anew", () => {
  const [first, later] = [new Date("2026-11-20T12:00:00.000Z"), new Date("2026-11-20T13:00:00.000Z")];
  const down = { code: "release-down", params: {} } as const;
  const edge = { code: "edge-down", params: {} } as const;
  const before = withSince([down], [], first);
  expect(withSince([down, edge], before, later)).toEqual([
    { ...down, since: first.toISOString() },
    { ...edge, since: later.toISOString() },
  ]);
  expect(withSince([down], withSince([], before, later), later)).toEqual([{ ...down, since: later.toISOString() }]);
});
