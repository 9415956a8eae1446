import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PROGRAM } from "@/lib/hosts/source-rules";
import { explain } from "./validate-plan";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-explain-"));
  await mkdir(join(folder, "web"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a folder that could be deployed is named, and a link out of the source is not followed to find one", async () => {
  await symlink("/etc/passwd", join(folder, "web/package.json"));
  expect(await explain(folder, PROGRAM)).toBeNull();
  await writeFile(join(folder, "web/Procfile"), "web: ./run");
  expect(await explain(folder, PROGRAM)).toMatchObject({ params: { reason: "subfolder", path: "web/Procfile" } });
});
