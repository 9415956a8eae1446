import { expect, test } from "vitest";
import { DeploymentSpec } from "@/lib/contracts/service";
import type { Command, CommandResult } from "@/lib/hosts/host";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { secretsOf } from "@/lib/platform/secrets/secret";
import type { ReleaseContext } from "../driver";
import { unitName } from "./names";
import { UNIT_EXIT } from "./programs";
import { statesIn, systemdRunner } from "./runner";

const ID = "019aa0c4-7f2e-7c51-9d3e-1b2c3d4e5f60";
const TOKEN = 's3cret "quoted"\nand more';

async function created(answer: Partial<CommandResult>, settings: DeploymentSpec["settings"] = {}) {
  const isCreate = ({ args }: Command) => args.includes("create");
  const isRead = ({ args }: Command) => args.includes("read");
  const host = new RecordingHost((command) => {
    if (isCreate(command)) return answer;
    return {
      stdout: isRead(command)
        ? "main.py\0\0"
        : `0\0/base/web/releases/${ID}\0/base/web/home\0PATH=/usr/bin\0HOME=/root\0USER=root\0PIP_INDEX_URL=https://ada:hidden@pypi.example\0`,
    };
  });
  await host.writeFile(`/base/web/releases/${ID}/main.py`, "");
  const log: string[] = [];
  const ctx: ReleaseContext = {
    host,
    base: "/base",
    serviceName: "web",
    deploymentId: ID,
    isConfined: true,
    release: { id: ID, artifact: null },
    environment: secretsOf({ TOKEN, PORT: "1" }),
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    spec: DeploymentSpec.parse({
      serviceName: "web",
      driver: "systemd",
      source: { kind: "folder", path: "/source" },
      settings,
      port: 8_000,
      healthPath: "/health",
      health: {},
      domain: null,
      volumes: [{ name: "data", path: "/data" }],
      dropletId: null,
      autoRegister: true,
      environmentRevisionId: null,
    }),
  };
  await systemdRunner.create(ctx, { host: "127.0.0.1", port: 20_001 });
  return { log, command: host.commands.find((command) => isCreate({ args: command.args as Command["args"] })) };
}

test("one command makes all of it, and no secret is on its line or in the unit", async () => {
  const { command } = await created({ stdout: "" });
  expect(command?.args.join(" ")).not.toContain("s3cret");
  const [environment = "", unit = ""] = command?.stdin.split("[Unit]") ?? [];
  expect(unit).toContain("Environment=HOST=127.0.0.1 PORT=20001\n");
  expect(unit).toContain('BindPaths="/base/web/volumes/data":"/data"\n');
  expect(unit).not.toContain("s3cret");
  expect(environment).toContain('TOKEN="s3cret \\"quoted\\"\nand more"\n');
  expect(environment).toContain(`HOME="/base/web/releases/${ID}"\n`);
  expect(environment).not.toMatch(/^(PORT|USER)=/m);
  expect(environment).not.toContain("hidden");
  expect(command?.args).toContain(String(Buffer.byteLength(environment)));
});

test("limits that the host does not keep are said", async () => {
  const limits = { memoryMb: 64, cpus: 1 };
  expect((await created({ stdout: "cpu\n" }, limits)).log).toEqual([
    "$ python3 main.py",
    "this host offers no way to limit memory: the release runs without",
    "the cpu limit is kept by systemd",
  ]);
  expect((await created({ stdout: "unknown\n" }, limits)).log).toEqual(["$ python3 main.py"]);
  expect((await created({ stdout: "" })).log).toEqual(["$ python3 main.py"]);
});

test.each([
  [UNIT_EXIT.invalid, "unit-invalid"],
  [UNIT_EXIT.notStarted, "start-failed"],
  [1, "start-failed"],
])("exit code %i is %s, with what was said", async (exitCode, code) => {
  await expect(created({ exitCode, stderr: "what went wrong\n" })).rejects.toMatchObject({
    code,
    detail: "what went wrong",
  });
});

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

const stateOf = (properties: Record<string, string>) => statesIn(web, `${shown(properties)}\n`)[0];

test("one that runs", () => {
  expect(stateOf({ MainPID: "812", ActiveState: "active", SubState: "running", NRestarts: "3" })).toEqual({
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
  const asked = (host: string) => stateOf({ Environment: `HOST=${host} PORT=80` })?.listensAt?.host;
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
  expect(stateOf(properties)).toMatchObject({ running: false, exited });
});

test("several, without those of another service", () => {
  const stranger = shown({ Id: unitName({ ...web, serviceName: "web-api" }, ID) });
  const states = statesIn(web, [shown({}), stranger, shown({}, OTHER)].join("\n\n"));
  expect(states.map(({ releaseId }) => releaseId)).toEqual([ID, OTHER]);
  expect(statesIn(web, "")).toEqual([]);
});
