import { expect, test } from "vitest";
import { looksIn } from "./look";
import { unitName } from "./names";

const ID = "019aa0c4-7f2e-7c51-9d3e-1b2c3d4e5f60";
const OTHER = "019aa0c4-7f2e-7c51-9d3e-1b2c3d4e5f61";
const web = { base: "/opt/landfall/services", serviceName: "web" };

const shown = (properties: Record<string, string>, releaseId = ID) =>
  Object.entries({
    MainPID: "0",
    Result: "success",
    NRestarts: "0",
    ExecMainCode: "0",
    ExecMainStatus: "0",
    Environment: "HOST=127.0.0.1 PORT=20001",
    Id: unitName(web, releaseId),
    StateChangeTimestamp: "Sat 2026-11-21 02:56:22 UTC",
    ...properties,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");

const look = (properties: Record<string, string>) => looksIn(web, `${shown(properties)}\n`)[0];

test("one that runs", () => {
  expect(look({ MainPID: "812", ActiveState: "active", SubState: "running", NRestarts: "3" })).toEqual({
    releaseId: ID,
    binding: { host: "127.0.0.1", port: 20_001 },
    listensAt: { host: "127.0.0.1", port: 20_001 },
    running: true,
    exited: null,
    restarts: 3,
    since: "2026-11-21T02:56:22.000Z",
  });
});

test("one that listens on every interface is asked on this machine's own", () => {
  const asked = (host: string) => look({ Environment: `HOST=${host} PORT=80` })?.listensAt?.host;
  expect(asked("0.0.0.0")).toBe("127.0.0.1");
  expect(asked("::")).toBe("::1");
  expect(asked("10.0.0.4")).toBe("10.0.0.4");
});

test.each<[string, Record<string, string>, { exitCode: number | null; signal: string | null } | null]>([
  [
    "with an exit code",
    { ActiveState: "failed", SubState: "failed", ExecMainCode: "1", ExecMainStatus: "7" },
    { exitCode: 7, signal: null },
  ],
  [
    "and well",
    { ActiveState: "active", SubState: "exited", ExecMainCode: "1", ExecMainStatus: "0" },
    { exitCode: 0, signal: null },
  ],
  [
    "by a signal",
    { ActiveState: "failed", SubState: "failed", ExecMainCode: "2", ExecMainStatus: "9", Result: "signal" },
    { exitCode: null, signal: "SIGKILL" },
  ],
  [
    "by a signal, as a shell tells it",
    { ActiveState: "failed", SubState: "failed", ExecMainCode: "1", ExecMainStatus: "137" },
    { exitCode: null, signal: "SIGKILL" },
  ],
  [
    "for lack of memory",
    { ActiveState: "failed", SubState: "failed", ExecMainCode: "2", ExecMainStatus: "9", Result: "oom-kill" },
    { exitCode: null, signal: "SIGKILL (out of memory)" },
  ],
  ["because it was stopped", { ActiveState: "inactive", SubState: "dead" }, { exitCode: null, signal: null }],
  [
    "and comes back",
    { ActiveState: "activating", SubState: "auto-restart", ExecMainCode: "1", ExecMainStatus: "7" },
    null,
  ],
])("one that ended %s", (_, properties, exited) => {
  expect(look(properties)).toMatchObject({ running: false, exited });
});

test("several, without those of another service", () => {
  const stranger = shown({ Id: unitName({ ...web, serviceName: "web-api" }, ID) });
  const looks = looksIn(web, [shown({}), stranger, shown({}, OTHER)].join("\n\n"));
  expect(looks.map(({ releaseId }) => releaseId)).toEqual([ID, OTHER]);
  expect(looksIn(web, "")).toEqual([]);
});
