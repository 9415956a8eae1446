import { expect, test } from "vitest";
import { containerName, imageTag, namesBeside, ownImage, ownImageOfStage, ownImages, ownStage } from "./names";

const place = { base: "/opt/landfall/services", serviceName: "web" };
const releaseId = "0193a0f2-7b1e-7c3d-9a55-1f2e3d4c5b6a";

test("names tell the service and the release", () => {
  expect(containerName(place, releaseId)).toBe("landfall-web-1f2e3d4c5b6a");
  expect(imageTag(place, releaseId, new Date("2026-11-21T03:04:05.678Z"))).toBe("web:1f2e3d4c5b6a-20261121030405");
  expect(ownImage(place, releaseId)).toMatch(/^landfall-[0-9a-f]{8}\/web:1f2e3d4c5b6a$/);
});

test("another base directory on the same host has other names", () => {
  expect(ownImage({ ...place, base: "/srv/other" }, releaseId)).not.toBe(ownImage(place, releaseId));
  expect(ownImages({ base: "/srv/other" })).not.toBe(ownImages({ base: place.base }));
});

test("of an image's names only those of this release are ours to take away", () => {
  const own = ownImage(place, releaseId);
  const tag = imageTag(place, releaseId, new Date());
  const other = imageTag(place, releaseId.replace("1f2e", "ffff"), new Date());
  expect(namesBeside(own, [own, tag, other, "web:latest", "registry.example/web:1f2e3d4c5b6a"])).toEqual([own, tag]);
});

test("a stage is told from an image, whatever the service is called", () => {
  for (const serviceName of ["web", "my-stage-1"]) {
    const own = ownImage({ ...place, serviceName }, releaseId);
    expect(ownImageOfStage(own)).toBeNull();
    expect(ownImageOfStage(ownStage(own, 12))).toBe(own);
  }
});
