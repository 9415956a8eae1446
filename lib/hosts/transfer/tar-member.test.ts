import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalHost } from "../local-host";
import { TAR_END, tarMember, tarPadding } from "./tar-member";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-tar-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function listed(...parts: Buffer[]): Promise<string> {
  const archive = join(folder, "archive");
  await writeFile(archive, Buffer.concat(parts));
  const { stdout } = await new LocalHost().run({ args: ["tar", "--numeric-owner", "-tvf", archive] });
  return stdout;
}

test("tar reads what it writes, whatever the length of a name", async () => {
  const long = "é".repeat(100);
  const output = await listed(
    tarMember({ kind: "directory", name: "folder" }),
    tarMember({ kind: "file", name: `folder/${"n".repeat(93)}`, size: 3 }),
    Buffer.from("abc"),
    tarPadding(3),
    tarMember({ kind: "symlink", name: `folder/${"x".repeat(300)}`, link: long.repeat(3) }),
    TAR_END,
  );
  const lines = output.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^drwxr-xr-x 0\/0 .* folder\/$/);
  expect(lines[1]).toMatch(/^-rw-r--r-- 0\/0 +3 .* folder\/n{93}$/);
  expect(lines[2]).toMatch(/^l.* folder\/x{300} -> /);
});

test.each([8 * 1024 ** 3 - 1, 8 * 1024 ** 3, 5 * 1024 ** 4])("a size of %i bytes is told", async (size) => {
  expect(await listed(tarMember({ kind: "file", name: "large", size }))).toContain(` ${size} `);
});

test("a content is filled up to whole blocks", () => {
  expect([0, 1, 511, 512, 513].map((size) => tarPadding(size).length)).toEqual([0, 511, 1, 0, 511]);
});
