import { expect, test } from "vitest";
import { readingOf, sampleOf, type UsageReading } from "./usage";

const BEFORE: UsageReading = {
  uptimeMs: 100_000,
  releaseId: "r1",
  run: "4711",
  cpuMs: 5_000,
  memoryBytes: 1_000,
  restarts: 2,
};
const NOW: UsageReading = { ...BEFORE, uptimeMs: 160_000, cpuMs: 20_000, memoryBytes: 2_000 };

test("CPU is what was used between two looks, by the host's own clock", () => {
  expect(sampleOf(NOW, BEFORE)).toEqual({ cpuMillis: 250, memoryBytes: 2_000, restarts: null });
  expect(sampleOf({ ...NOW, cpuMs: 5_000 + 150_000 }, BEFORE).cpuMillis).toBe(2_500);
});

test.each<[string, UsageReading, UsageReading | undefined]>([
  ["at the first look", NOW, undefined],
  ["of a process that was started meanwhile", { ...NOW, run: "4712" }, BEFORE],
  ["after the host was started anew", { ...NOW, uptimeMs: 40_000 }, BEFORE],
  ["after minutes without an answer", { ...NOW, uptimeMs: 700_000 }, BEFORE],
  ["when a process took its time along", { ...NOW, cpuMs: 4_000 }, BEFORE],
  ["where the host does not account for it", { ...NOW, cpuMs: null }, BEFORE],
])("CPU is not known %s, and never 0", (_, now, before) => {
  expect(sampleOf(now, before)).toMatchObject({ cpuMillis: null, memoryBytes: 2_000 });
});

test("restarts are counted from look to look, and not across releases", () => {
  expect(sampleOf({ ...NOW, run: "4800", restarts: 5 }, BEFORE).restarts).toBe(3);
  expect(sampleOf({ ...NOW, restarts: 0 }, BEFORE).restarts).toBeNull();
  expect(sampleOf({ ...NOW, releaseId: "r2", restarts: 5 }, BEFORE).restarts).toBeNull();
  expect(sampleOf({ ...NOW, restarts: 5 }, undefined).restarts).toBeNull();
});

test("what runs a release is summed, other releases and services are left out", () => {
  const part = { serviceName: "shop", releaseId: "r1", run: "a", cpuMs: 10, memoryBytes: 100, restarts: 1 };
  const others = [
    { ...part, releaseId: "r0" },
    { ...part, serviceName: "blog" },
  ];
  const wanted = { serviceName: "shop", releaseId: "r1" };
  const releases = [{ ...part, run: "b", cpuMs: 5, memoryBytes: 50, restarts: 0 }, part, ...others];
  const sums = { releaseId: "r1", run: "a b", cpuMs: 15, memoryBytes: 150, restarts: 1 };
  expect(readingOf(wanted, { uptimeMs: 1, releases })).toEqual({ uptimeMs: 1, ...sums });
  const untold = [part, { ...part, memoryBytes: null }];
  expect(readingOf(wanted, { uptimeMs: 1, releases: untold })).toMatchObject({ memoryBytes: null, cpuMs: 20 });
  expect(readingOf(wanted, { uptimeMs: 1, releases: others })).toBeNull();
});
