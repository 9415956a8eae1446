import { expect, test } from "vitest";
import type { DokployTask } from "@/lib/drivers/dokploy/client/types";
import { exitCodeOf, hasFailed, isImage, isLive } from "./tasks";

const task = (state: string, currentState: string, error: string | null = null): DokployTask => ({
  taskId: "t1",
  state,
  currentState,
  error,
});

test("what a task really does is in its current state; the other one is only what it should do", () => {
  expect(isLive(task("running", "Running 9 seconds ago"))).toBe(true);
  expect(isLive(task("shutdown", "Running 9 seconds ago"))).toBe(false);
  expect(isLive(task("running", "Starting 1 second ago"))).toBe(false);
  expect(isLive(task("ready", "Ready 4 seconds ago"))).toBe(false);
});

test("a container that ended is a failure, one that was stopped is not", () => {
  expect(
    ["Failed 4 seconds ago", "Rejected 1 second ago", "Complete 2 minutes ago"]
      .map((at) => task("shutdown", at))
      .every(hasFailed),
  ).toBe(true);
  expect(
    ["Shutdown 4 seconds ago", "Running 1 second ago", "Preparing now"]
      .map((at) => task("shutdown", at))
      .some(hasFailed),
  ).toBe(false);
  expect(exitCodeOf(task("shutdown", "Failed", "task: non-zero exit (3)"))).toBe(3);
  expect(exitCodeOf(task("shutdown", "Rejected", "No such image: shop:9"))).toBeNull();
});

const DIGEST = `sha256:${"a".repeat(64)}`;
test.each([
  ["nginx", "nginx:latest", true],
  ["nginx:1.29", "docker.io/library/nginx:1.29", true],
  [`ghcr.io/acme/shop:2@${DIGEST}`, "ghcr.io/acme/shop:2", true],
  ["ghcr.io/acme/shop:1", "ghcr.io/acme/shop:2", false],
  [`ghcr.io/acme/shop:2@${DIGEST}`, `ghcr.io/acme/shop:2@${DIGEST}`, true],
  ["ghcr.io/acme/shop:2", `ghcr.io/acme/shop:2@${DIGEST}`, false],
  [null, "nginx", false],
])("of a container with %s it is said that it runs %s: %s", (found, wanted, is) => {
  expect(isImage(found, wanted)).toBe(is);
});
