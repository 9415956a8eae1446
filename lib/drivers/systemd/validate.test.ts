import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { TestService } from "../contract/test-service";
import { systemdDriver } from "./driver";

let folder = "";
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "landfall-source-")));
  await writeFile(join(folder, "main.py"), "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a host says when it is looked at. */
async function problemOn(said: string) {
  const host = new RecordingHost(({ args }) =>
    args.some((arg) => arg.includes("/run/systemd/system")) && !args.some((arg) => arg.includes("caddy"))
      ? { stdout: `${said}\n` }
      : undefined,
  );
  const service = new TestService({
    newDriver: () => systemdDriver,
    newPlace: () => ({ host, base: "/base" }),
    sourceRoots: [folder],
    spec: { driver: "systemd", source: { kind: "folder", path: folder }, port: 8_000 },
  });
  const { problem, failedIn } = await service.deploy();
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
