import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeploymentSpec } from "@/lib/contracts/service";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { TestService } from "../contract/test-service";
import { systemdDriver } from "./driver";
import { refuses } from "./validate";

let folder = "";
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "landfall-source-")));
  await writeFile(join(folder, "main.py"), "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function aService(host: RecordingHost, spec: Partial<DeploymentSpec> = {}): TestService {
  return new TestService({
    newDriver: () => systemdDriver,
    newPlace: () => ({ host, base: "/base" }),
    sourceRoots: [folder],
    spec: { driver: "systemd", source: { kind: "folder", path: folder }, port: 8_000, ...spec },
  });
}

/** The problem for a host with this answer to the check. */
async function problemOn(said: string) {
  const host = new RecordingHost(({ args }) =>
    args.some((arg) => arg.includes("/run/systemd/system")) && !args.some((arg) => arg.includes("caddy"))
      ? { stdout: `${said}\n` }
      : undefined,
  );
  const { problem, failedIn } = await aService(host).deploy();
  return failedIn === "validation" ? problem : null;
}

test.each([
  ["no-systemd", "tool-missing", { tool: "systemd" }],
  ["version 246", "tool-missing", { tool: "systemd 247" }],
  ["not-root", "command-failed", { command: "systemctl" }],
  ["unreachable /srv/private", "settings-invalid", { field: "user" }],
  ["hidden /root/.nvm/versions/node", "settings-invalid", { field: "start" }],
])("a host that says %j is refused", async (said, code, params) => {
  expect((await problemOn(said))?.toData()).toMatchObject({ code, params });
});

test.each<[string, { path: string; environment?: Record<string, string> }, string]>([
  ["a volume over everything", { path: "/" }, "volumes.0.path"],
  ["a volume where the host's own programs look", { path: "/run/nologin" }, "volumes.0.path"],
  ["a volume at a path with a line end", { path: "/a\nb" }, "volumes.0.path"],
  [
    "a value that systemd cannot pass on",
    { path: "/data", environment: { GOOD: "x", ODD: "a\ufffeb" } },
    "environment.ODD",
  ],
  [
    "a value that Linux starts no program with",
    { path: "/data", environment: { LONG: "é".repeat(65_536) } },
    "environment.LONG",
  ],
])("%s is refused with its name before the host is asked", async (_, { path, environment = {} }, field) => {
  const host = new RecordingHost();
  const service = aService(host, { volumes: [{ name: "data", path }] });
  const { problem, failedIn } = await service.deploy({ environment });
  expect([problem?.code, problem?.params, failedIn]).toEqual(["settings-invalid", { field }, "validation"]);
  expect(host.commands).toEqual([]);
});

/** systemd creates a missing folder on the host. */
test.each([
  "/",
  "/etc/ssh/sshd_not_to_be_run",
  "/run/nologin",
  "/var/run/nologin",
  "/var//run/./nologin/",
  "/srv/../etc/nologin",
  "/var/lib/postgresql/16/main/recovery.signal",
  "/usr/local/bin/tool",
  "/lib64/security",
  "/system-update",
  "/system-update/data",
  "/forcefsck",
  "/.autorelabel",
  "/var/.updated",
])("a volume at %s would change the host, and is refused", (path) => {
  const refused = [{ path: ["volumes", 0, "path"], code: "volume-path-not-usable" }];
  expect(refuses({ volumes: [{ name: "data", path }] })).toEqual(refused);
});

test("a volume inside another one is refused: what a service links there would lead out", () => {
  const at = (...paths: string[]) => refuses({ volumes: paths.map((path, index) => ({ name: `v${index}`, path })) });
  expect(at("/data/", "/data/link/nologin").map(({ path }) => path)).toEqual([["volumes", 1, "path"]]);
  expect(at("/data", "/database", "/var/lib/web", "/var/data", "/srv/web/files", "/home/web/files")).toEqual([]);
});
