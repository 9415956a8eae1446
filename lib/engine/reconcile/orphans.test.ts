import { expect, test } from "vitest";
import type { OwnedThing } from "@/lib/drivers/driver";
import { type LivingService, orphansAmong } from "./orphans";

const KEPT = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
const PRUNED = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c22";
const living: LivingService[] = [
  { id: "1", name: "web", isMoving: false, keptReleaseIds: [KEPT], projectIds: ["p1"] },
  { id: "2", name: "busy", isMoving: true, keptReleaseIds: [], projectIds: ["p2"] },
];
const thing = (kind: OwnedThing["kind"], serviceName: string | null, releaseId: string | null = null) => ({
  kind,
  serviceName,
  releaseId,
});

test.each([
  ["a folder of a living service", thing("service-folder", "web"), false],
  ["a folder of one that is gone", thing("service-folder", "gone"), true],
  ["a folder whose name only begins like it", thing("service-folder", "web-2"), true],
  ["a release that is kept", thing("container", "web", KEPT), false],
  ["a release that is kept, by the end of its id", thing("image", "web", KEPT.slice(-12)), false],
  ["a release that is not kept", thing("container", "web", PRUNED), true],
  ["a release that is not kept, by the end of its id", thing("image", "web", PRUNED.slice(-12)), true],
  ["a release of a service that moves", thing("container", "busy", PRUNED), false],
  ["what services share", thing("network", null), false],
])("%s", (_, one, isOrphan) => {
  expect(orphansAmong([one], living)).toEqual(isOrphan ? [one] : []);
});

const project = (serviceId: string, externalId: string, twins: string[] = []) => ({
  ...thing("project", "web"),
  owner: { serviceId, externalId, twins },
});

test.each([
  ["a project of a living service", project("1", "p1"), false],
  ["one of a service that is gone, though its name lives", project("9", "p9"), true],
  ["a second one of a living service", project("1", "p8", ["p1"]), true],
  ["the one that was written down", project("1", "p1", ["p8"]), false],
  ["one that was not written down, where no other was", project("1", "p8"), false],
  ["one of two that were not written down", project("1", "p8", ["p7"]), false],
  ["a second one of a service that moves", project("2", "p8", ["p2"]), false],
])("%s", (_, one, isOrphan) => {
  expect(orphansAmong([one], living)).toEqual(isOrphan ? [one] : []);
});

test("what services share is nobody's once none lives", () => {
  expect(orphansAmong([thing("network", null)], [])).toHaveLength(1);
});

test("what runs goes before what it runs from, data before the folder it lies in", () => {
  const kinds = ["service-folder", "volume", "image", "container", "process"] as const;
  const sorted = orphansAmong(
    kinds.map((kind) => thing(kind, "gone")),
    living,
  );
  expect(sorted.map(({ kind }) => kind)).toEqual(["process", "container", "image", "volume", "service-folder"]);
});
