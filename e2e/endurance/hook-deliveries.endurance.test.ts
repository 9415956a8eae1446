/* What Git servers send on a bad day, fifty times the db suite's: see lib/domain/hooks/test-storm.ts. */
import { afterAll, expect, test } from "vitest";
import { storm } from "@/lib/domain/hooks/test-storm";
import { aPerson } from "@/lib/engine/test-service";
import { queue } from "@/lib/platform/queue/boss";

afterAll(async () => (await queue()).stop({ graceful: false }));

test("of 10,000 deliveries, duplicated, reordered, forged and cut off, none is lost and none deploys twice", async () => {
  await storm(await aPerson("member"), 10_000);
  expect.hasAssertions();
});
