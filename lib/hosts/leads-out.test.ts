import { lstatSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leadsOut } from "./leads-out";
import { isInside } from "./scan-tree";

let place: string;
let folder: string;
beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), "landfall-links-")));
  folder = join(place, "source");
  await mkdir(folder);
});
afterEach(() => rm(place, { recursive: true, force: true }));

const name = fc.constantFrom("a", "b", "c", "d");
const way = fc.array(fc.oneof(name, fc.constantFrom("..", ".")), { minLength: 1, maxLength: 5 });
const links = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), way), { minLength: 1, maxLength: 5 });

test("a link that is let in leads nowhere but inside, as the kernel follows it", async () => {
  for (const outside of ["a", "b", "c", "d"]) await writeFile(join(place, outside), "");
  await fc.assert(
    fc.asyncProperty(links, async (wanted) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      for (const [path, text] of wanted) await putLink(path.join("/"), text.join("/"));
      for (const path of wanted.map(([parts]) => parts.join("/"))) {
        if (leadsOut(folder, path)) continue;
        const lands = await realpath(join(folder, path)).catch(() => folder);
        expect(isInside(folder, lands), `${path} in ${JSON.stringify(wanted)}`).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

/** Never through a link, and no name twice. */
async function putLink(path: string, text: string): Promise<void> {
  const parents = path.split("/").map((_, n, parts) => parts.slice(0, n).join("/"));
  const isTaken = parents.some((parent) =>
    lstatSync(join(folder, parent), { throwIfNoEntry: false })?.isSymbolicLink(),
  );
  if (isTaken || lstatSync(join(folder, path), { throwIfNoEntry: false })) return;
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await symlink(text, join(folder, path));
}

test("the answer is the same whether there is something outside or not", async () => {
  await writeFile(join(place, "there"), "");
  await mkdir(join(folder, "a/b"), { recursive: true });
  await symlink("../..", join(folder, "a/b/top"));
  for (const path of ["/etc/passwd", "/absent", "../there", "../absent", "a/b/top/../there", "a/b/top/../absent"])
    expect(leadsOut(folder, path), path).toBe(true);
  for (const path of ["a/b/top", "a/b/top/absent", "absent/../a", "a/b/top/a/b/top"])
    expect(leadsOut(folder, path), path).toBe(false);
});
