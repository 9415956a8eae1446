import { expect, test } from "vitest";
import type { OwnedThing } from "@/lib/drivers/driver";
import { type LivingService, orphansAmong } from "./orphans";

const KEPT = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
const PRUNED = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c22";
const living: LivingService[] = [
  { name: "web", isMoving: false, keptReleaseIds: [KEPT] },
  { name: "busy", isMoving: true, keptReleaseIds: [] },
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
