import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { heldLocks, machineLock, tryLock } from "./machine-lock";

const name = `of-a-unit-test-${process.pid}`;

test("one at a time", async () => {
  const release = await machineLock(name);
  expect(await tryLock(name)).toBeUndefined();
  expect(heldLocks()).toContain(name);
  const next = machineLock(name);
  await release();
  await (await next)();
  expect(heldLocks()).not.toContain(name);
});

test("who is killed holds nothing any more", async () => {
  const hold = `require("node:net").createServer().listen("\\0landfall-test/${name}", () => console.log("held"))`;
  const other = spawn(process.execPath, ["-e", hold], { stdio: ["ignore", "pipe", "inherit"] });
  await once(other.stdout, "data");
  expect(await tryLock(name)).toBeUndefined();
  other.kill("SIGKILL");
  await (await machineLock(name))();
});
