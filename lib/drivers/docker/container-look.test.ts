import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { lookOf } from "./container-look";

const labels = { "landfall.release": "r1", "landfall.binding": "127.0.0.1:32001", "landfall.port": "8080" };
const running = { Status: "running", Running: true, Restarting: false, OOMKilled: false, ExitCode: 0 };

function look(state: object = {}, container: object = {}) {
  return lookOf({
    Config: { Labels: labels },
    State: { ...running, StartedAt: "2026-11-21T03:04:05.123456789Z", ...state },
    RestartCount: 2,
    Image: "sha256:1234",
    NetworkSettings: { Networks: { "landfall-1a2b3c4d": { IPAddress: "172.18.0.2" } } },
    HostConfig: { Memory: 67_108_864 },
    ...container,
  } as unknown as ContainerInspectInfo);
}

test("a container that runs", () => {
  expect(look()).toEqual({
    releaseId: "r1",
    binding: { host: "127.0.0.1", port: 32_001 },
    listensAt: { host: "172.18.0.2", port: 8080 },
    running: true,
    exited: null,
    restarts: 2,
    since: "2026-11-21T03:04:05.123Z",
    isKept: true,
    runsFrom: "sha256:1234",
  });
});

test("without an address of its own it listens where it is bound", () => {
  expect(look({}, { NetworkSettings: { Networks: { host: { IPAddress: "" } } } }).listensAt).toEqual({
    host: "127.0.0.1",
    port: 32_001,
  });
});

test("one that ended says how, and one that is started again has not ended", () => {
  const ended = { Status: "exited", Running: false, ExitCode: 3 };
  expect(look(ended)).toMatchObject({ running: false, since: null, exited: { exitCode: 3, signal: null } });
  expect(look({ ...ended, ExitCode: 137, OOMKilled: true }).exited).toEqual({
    exitCode: 137,
    signal: "killed: it needed more than its 64 MB of memory",
  });
  expect(look({ Status: "restarting", Restarting: true })).toMatchObject({ running: false, exited: null });
  expect(look({ Status: "created", Running: false })).toMatchObject({ running: false, exited: null });
});
