import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { oldAssetsDirectory } from "../release-layout";
import { ConstantLoad } from "./constant-load";
import type { TestService } from "./test-service";
import { TIMEOUT_MS, type Workbench } from "./workbench";

const SOURCE = "assets";

/** The test services answer 404 for every asset, so each that is answered is one of an earlier release. */
export function oldAssets(bench: Workbench): void {
  let first: TestService;
  beforeAll(async () => {
    first = bench.service;
    bench.service = await bench.newService(SOURCE);
  });
  afterAll(async () => {
    await bench.service.remove();
    bench.service = first;
  }, TIMEOUT_MS);

  async function deploy(version: string, keepAssets?: string): Promise<string> {
    const folder = join(bench.roots, SOURCE, "static");
    await rm(folder, { recursive: true, force: true });
    if (version !== "0") {
      await mkdir(folder, { recursive: true });
      for (const name of [`${version}.json`, `.hidden-${version}.json`])
        await writeFile(join(folder, name), JSON.stringify({ version }));
      await symlink(`${version}.json`, join(folder, `link-${version}.json`));
    }
    await bench.source({ version }, SOURCE);
    const settings = { ...bench.service.spec.settings, ...(keepAssets && { keepAssets }) };
    const { problem, log } = await bench.service.deploy({ spec: { settings } });
    expect(problem).toBeNull();
    expect((await bench.ask()).version).toBe(version);
    return log.join("\n");
  }

  const get = (name: string, options: RequestInit = {}) => fetch(`${bench.url}/app/static/${name}`, options);
  const statusOf = async (name: string, options?: RequestInit) => (await get(name, options)).status;

  test("those of replaced releases stay answerable, also in a rollback under load, until their folder is no longer named", async () => {
    await deploy("0");
    const kept = "app/static=static";
    // What was live until then has no such folder.
    expect(await deploy("a", kept)).toContain("warning: assets-not-kept");
    const a = bench.service.current;
    expect(await deploy("b", kept)).toContain("for pages that are open: 1 in /app/static");
    const asset = await get("a.json");
    expect([asset.status, await asset.json()]).toEqual([200, { version: "a" }]);
    expect(asset.headers.get("content-type")).toBe("application/json");
    expect(asset.headers.get("x-content-type-options")).toBe("nosniff");
    expect(asset.headers.get("cache-control")).toBe("public, max-age=86400");
    const etag = asset.headers.get("etag") ?? "";
    expect(await statusOf("a.json", { headers: { "if-none-match": etag } })).toBe(304);
    for (const name of ["b.json", ".hidden-a.json", "link-a.json", "", "a.json/", "%2e%2e/static/a.json%00"])
      expect(await statusOf(name), name).toBeGreaterThanOrEqual(400);
    expect(await statusOf("a.json", { method: "POST" })).toBeGreaterThanOrEqual(400);

    const load = new ConstantLoad(`${bench.url}/app/static/a.json`);
    await deploy("c", kept);
    if (a) expect((await bench.service.rollback(a)).problem).toBeNull();
    await deploy("d", kept);
    expect(await load.stop()).toMatchObject({ failures: [], versions: ["a"] });
    for (const name of ["b.json", "c.json"]) expect(await statusOf(name)).toBe(200);

    // Pages were opened from a release that did not last, too.
    await writeFile(join(bench.roots, SOURCE, "static", "x.json"), JSON.stringify({ version: "x" }));
    await bench.source({ version: "x", diesWhenAsked: true }, SOURCE);
    const settings = { ...bench.service.spec.settings, keepAssets: kept };
    const spec = { settings, health: bench.untilBad };
    const unsteady = await bench.service.deploy({ spec, onLog: bench.killAfterSwitch });
    expect(unsteady.problem?.code).toBe("unstable-after-switch");
    for (const name of ["x.json", "a.json"]) expect(await statusOf(name)).toBe(200);

    await deploy("e");
    for (const name of ["a.json", "d.json"]) expect(await statusOf(name)).toBe(404);
    expect(await bench.host.stat(oldAssetsDirectory(bench.service.place))).toBeNull();
  });
}
