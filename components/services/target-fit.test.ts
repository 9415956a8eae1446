import { expect, test } from "vitest";
import { unfitnessOf } from "./target-fit";

const check = (tools: Record<string, string | null>) => ({ tools }) as never;
const server = {
  kind: "ssh" as const,
  disabledAt: null,
  mayDeploy: true,
  lastCheck: check({ docker: "27.1", systemd: null }),
};

test.each([
  [server, "docker", undefined],
  [server, "systemd", { reason: "tool", tool: "systemd" }],
  [server, "process", undefined],
  [server, "dokploy", { reason: "driver" }],
  [{ ...server, lastCheck: null }, "systemd", undefined],
  [{ ...server, kind: "dokploy" as const }, "docker", { reason: "driver" }],
  [{ ...server, kind: "dokploy" as const }, "dokploy", undefined],
  [{ ...server, mayDeploy: false }, "docker", { reason: "grant" }],
  [{ ...server, disabledAt: "2026-11-20T12:00:00Z" }, "docker", { reason: "disabled" }],
] as const)("%j and %s: %j", (target, driver, unfit) => {
  expect(unfitnessOf(target, driver)).toEqual(unfit);
});
