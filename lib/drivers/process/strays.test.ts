import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { listStrays } from "./strays";
import { STATE_FILE } from "./supervisor/protocol";

test("a process without any mark is found by the release's folder, also a removed one, and ended; no other is", async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), "landfall strays-")));
  const place = { host: new LocalHost(), base };
  const at = async (...path: string[]) => {
    const cwd = join(base, ...path);
    await mkdir(cwd, { recursive: true });
    const child = spawn("env", ["-i", "/bin/sleep", "1000"], { cwd, detached: true, stdio: "ignore" });
    await once(child, "spawn");
    return child;
  };
  const [left, sourceOf, running] = await Promise.all([
    at("web", "releases", "r1", "src"),
    at("web", "home"),
    at("web", "releases", "r2"),
  ]);
  await rm(join(base, "web/releases/r1"), { recursive: true });
  expect(await listStrays(place, [])).toEqual([]);
  // A supervisor was there.
  await writeFile(join(base, STATE_FILE), JSON.stringify({ services: [] }));
  const live = { id: "r2", spec: { directory: join(base, "web/releases/r2") } };
  const services = [{ name: "web", releases: [live] }] as unknown as Parameters<typeof listStrays>[1];
  const name = `sleep (${left.pid})`;
  await expect.poll(async () => (await listStrays(place, services)).map((stray) => stray.name)).toEqual([name]);
  const [stray] = await listStrays(place, services);
  expect(stray).toMatchObject({ kind: "process", serviceName: "web", releaseId: "r1" });
  const ended = once(left, "exit");
  await stray?.remove();
  expect(await ended).toEqual([null, "SIGTERM"]);
  await stray?.remove();
  expect(await listStrays(place, services)).toEqual([]);
  for (const child of [sourceOf, running]) {
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
  }
  await rm(base, { recursive: true });
});
