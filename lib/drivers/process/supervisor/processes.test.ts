import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endGroup, isReused, startTimeOf } from "./processes";

async function group(script: string): Promise<{ pid: number; gone: Promise<unknown> }> {
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return { pid: child.pid as number, gone: once(child, "exit") };
}

test("a process has one start time for as long as it lives, and none afterwards", async () => {
  expect(startTimeOf(process.pid)).toMatch(/^\d+$/);
  expect(startTimeOf(process.pid)).toBe(startTimeOf(process.pid));
  const { pid, gone } = await group("echo; exec sleep 60");
  await endGroup(pid, 2_000);
  await gone;
  expect(startTimeOf(pid)).toBeNull();
  expect(isReused(pid, "1")).toBe(false);
});

test("an id that another process has got is not taken for the one before", async () => {
  const startTime = startTimeOf(process.pid);
  expect(isReused(process.pid, startTime)).toBe(false);
  expect(isReused(process.pid, String(Number(startTime) - 1))).toBe(true);
});

test("a group that ignores TERM is ended by KILL after its grace, children included", async () => {
  const { pid, gone } = await group("trap '' TERM; sleep 60 & echo; wait; sleep 60");
  const started = performance.now();
  await endGroup(pid, 150);
  await gone;
  expect(performance.now() - started).toBeGreaterThan(140);
});

test("ending a group that is gone is nothing", async () => {
  const { pid, gone } = await group("echo");
  await gone;
  await expect(endGroup(pid, 1_000)).resolves.toBeUndefined();
});
