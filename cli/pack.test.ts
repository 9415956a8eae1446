import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DockerSettings, imageUse } from "@/lib/drivers/docker/settings";
import { scanTree } from "@/lib/hosts/scan-tree";
import { PROGRAM } from "@/lib/hosts/source-rules";
import { packArchive } from "@/lib/hosts/transfer/pack-tree";
import { readTar } from "@/lib/sources/archive/read-tar";
import { uploads } from "./deploy";
import { sourceUseOf } from "./pack";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-pack-"));
});
afterEach(() => rm(folder, { recursive: true }));

const LONG = `${"long-name-".repeat(15)}.txt`;

async function packed(use = PROGRAM): Promise<string[]> {
  const tree = await scanTree(folder, undefined, use);
  const blocks = async function* () {
    for await (const { data } of packArchive(tree, "shop")) yield data;
  };
  const found: string[] = [];
  await readTar(
    blocks(),
    () => {},
    async ({ path, kind, mode, link }) => {
      found.push([path, kind, mode?.toString(8), link].filter(Boolean).join(" "));
    },
  );
  return found;
}

test("an archive has one folder with what the ignore file lets through, with modes, links and long names", async () => {
  await mkdir(join(folder, "node_modules/x"), { recursive: true });
  await writeFile(join(folder, "node_modules/x/index.js"), "");
  await writeFile(join(folder, ".landfallignore"), "*.log\n");
  await writeFile(join(folder, "error.log"), "");
  await writeFile(join(folder, "run"), "#!/bin/sh\n");
  await chmod(join(folder, "run"), 0o755);
  await writeFile(join(folder, LONG), "x");
  await chmod(join(folder, LONG), 0o640);
  await symlink("run", join(folder, "start"));
  await chmod(join(folder, ".landfallignore"), 0o644);
  expect(await packed()).toEqual([
    "shop/ directory 755",
    "shop/.landfallignore file 644",
    `shop/${LONG} file 640`,
    "shop/run file 755",
    expect.stringMatching(/^shop\/start symlink \d+ run$/),
  ]);
});

test("what is packed is what the driver reads on the server", async () => {
  await mkdir(join(folder, "node_modules"));
  await writeFile(join(folder, "node_modules/index.js"), "");
  await writeFile(join(folder, "web.Dockerfile"), "FROM scratch\n");
  await writeFile(join(folder, "web.Dockerfile.dockerignore"), "*\n!node_modules\n");
  const docker = (settings: object) => sourceUseOf({ driver: "docker", settings: { ...settings } });
  expect(docker({})).toEqual(imageUse(DockerSettings.parse({})));
  const named = { dockerfile: "./web.Dockerfile" };
  expect(docker(named)).toEqual(imageUse(DockerSettings.parse(named)));
  const paths = (await packed(docker(named))).map((line) => line.split(" ")[0]);
  expect(paths).toContain("shop/node_modules/index.js");
  expect(sourceUseOf({ driver: "process", settings: {} })).toEqual(PROGRAM);
  expect(sourceUseOf({ driver: "systemd", settings: { install: "none" } })).toEqual({
    kind: "program",
    bringsDependencies: true,
  });
});

test("only files that the console does not have elsewhere are uploaded without being asked for", () => {
  const archive = { source: { kind: "archive", uploadId: crypto.randomUUID() } } as const;
  const image = { source: { kind: "image", image: "nginx" } } as const;
  expect([uploads(archive, undefined, false), uploads(archive, undefined, true)]).toEqual([true, false]);
  expect([uploads(image, undefined, false), uploads(image, ".", false)]).toEqual([false, true]);
  expect(() => uploads(archive, ".", true)).toThrow("--no-upload");
});
