import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import type { Workbench } from "./workbench";

/** Input from people and machines. */
export function input(bench: Workbench): void {
  test("a source in a folder named with a dash, a line break and other letters is deployed", async () => {
    const folder = "-rf line\nbreak ünï日本";
    await mkdir(join(bench.roots, folder));
    await bench.source({ version: "odd" }, folder);
    const source = { kind: "folder" as const, path: join(bench.roots, folder) };
    expect((await bench.service.deploy({ spec: { source } })).problem).toBeNull();
    expect((await bench.ask()).version).toBe("odd");
  });

  test("an uploaded archive is a source like a folder, with any name, and one that is gone is missing", async () => {
    const folder = join(bench.roots, ` spa ce quo'te"s $(id) \`x\` `);
    const uploadId = randomUUID();
    const spec = { source: { kind: "archive" as const, uploadId } };
    expect((await bench.service.deploy({ spec })).problem?.code).toBe("source-missing");
    await mkdir(folder);
    await bench.source({ version: "uploaded" }, basename(folder));
    expect((await bench.service.deploy({ spec, uploads: { [uploadId]: folder } })).problem).toBeNull();
    expect((await bench.ask()).version).toBe("uploaded");
  });

  test("a source that may not be deployed is refused before anything is touched", async () => {
    const { kept } = await bench.serving();
    const at = (path: string) => bench.service.deploy({ spec: { source: { kind: "folder", path } } });
    expect((await at(join(bench.roots, "none"))).problem?.code).toBe("source-missing");
    expect((await at("/etc")).problem?.code).toBe("source-outside-roots");
    expect((await at(`${bench.roots}/../..`)).problem?.code).toBe("source-outside-roots");
    await mkdir(join(bench.roots, "empty"));
    expect(["source-not-deployable", "dockerfile-missing"]).toContain(
      (await at(join(bench.roots, "empty"))).problem?.code,
    );
    await bench.expectOnly(kept);
  });

  test("a port that something else holds is refused", async () => {
    const { version } = await bench.serving();
    const other = await bench.newService("other");
    await bench.source({ version: "2" }, "other");
    const attempt = await other.deploy({ spec: { port: bench.port } });
    expect(attempt).toMatchObject({
      failedIn: "validation",
      problem: { code: "port-in-use", params: { port: bench.port } },
    });
    expect((await bench.ask()).version).toBe(version);
  });

  test("an address that is not the host's own is refused before anything is asked there", async () => {
    await bench.source({ version: "1" });
    const settings = { ...bench.service.spec.settings, bindAddress: "192.0.2.7" };
    expect(await bench.service.deploy({ spec: { settings } })).toMatchObject({
      failedIn: "validation",
      problem: { code: "settings-invalid", params: { field: "bindAddress" } },
    });
  });
}
