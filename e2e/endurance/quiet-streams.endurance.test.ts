/* Pages that stay open for minutes without events, and the memory of the web process meanwhile. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finishDeployment } from "@/bench/harness/finish-deployment";
import { Installation } from "@/bench/harness/installation";
import { readMemory } from "@/bench/harness/process-memory";
import { addService } from "@/bench/harness/sample-service";

const VIEWERS = 50;
/** Longer than the 255 s that are guaranteed for an open stream. */
const QUIET_MS = 300_000;
const MOST_GROWTH = 1.3;

let console: Installation;
beforeAll(async () => {
  console = await Installation.start(process.cwd(), { DEPLOY_TIMEOUT_MS: String(3 * QUIET_MS) });
});
afterAll(() => console.stop());

test(`${VIEWERS} streams stay open through ${QUIET_MS / 1_000} quiet seconds and lose nothing`, async () => {
  const go = join(console.sources, "go");
  const service = await addService(console, "quiet", { build: `while [ ! -e ${go} ]; do sleep 0.2; done; echo built` });
  const deployment = await console.api.deploy(service.name);
  const web = await console.processId("web");
  const following = Array.from({ length: VIEWERS }, () => finishDeployment(console.api, deployment));
  await sleep(5_000);
  const before = readMemory(web).rssMiB;
  await sleep(QUIET_MS);
  expect(readMemory(web).rssMiB).toBeLessThan(before * MOST_GROWTH);
  expect(existsSync(go)).toBe(false);
  await writeFile(go, "");
  const seen = await Promise.all(following);
  const numbers = seen.map(({ events }) => events.map(({ number }) => number));
  const whole = Array.from({ length: numbers[0]?.length ?? 0 }, (_, index) => index + 1);
  expect(new Set(numbers.map(String))).toEqual(new Set([String(whole)]));
});
