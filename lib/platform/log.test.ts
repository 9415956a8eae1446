import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLog, withLogContext } from "@/lib/platform/log";

test("a line carries what it was written for, also after waiting, and says it once", async () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line) });
  log.level = "info";
  const work = (requestId: string) =>
    withLogContext({ requestId }, async () => {
      await sleep(1);
      withLogContext({ deploymentId: "d", phase: "build" }, () => log.info({ driver: "docker" }, requestId));
      log.info({ requestId: "said", token: "t0p-s3cret" }, "its own word counts");
    });
  await Promise.all([work("one"), work("two")]);
  log.info("nobody asked");

  const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(read.filter(({ phase }) => phase)).toMatchObject([
    { msg: "one", requestId: "one", deploymentId: "d", phase: "build", driver: "docker" },
    { msg: "two", requestId: "two", deploymentId: "d", phase: "build", driver: "docker" },
  ]);
  expect(read.at(-2)).toMatchObject({ requestId: "said", token: "[redacted]" });
  expect(read.at(-2)).not.toHaveProperty("phase");
  expect(read.at(-1)).not.toHaveProperty("requestId");
  expect(lines.join("").match(/"requestId"/g)).toHaveLength(4);
});
