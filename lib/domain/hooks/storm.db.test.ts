import { afterAll, expect, test } from "vitest";
import { aPerson } from "@/lib/engine/test-service";
import { queue } from "@/lib/platform/queue/boss";
import { storm } from "./test-storm";

afterAll(async () => (await queue()).stop({ graceful: false }));

test("of 80 deliveries, duplicated, reordered, forged and cut off, none is lost and none deploys twice", async () => {
  await storm(await aPerson("member"), 80);
  expect.hasAssertions();
}, 300_000);
