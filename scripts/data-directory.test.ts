import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findDataDirectory, packageAbove, settleDataDirectory } from "./data-directory.mjs";

let top: string;
let clone: string;
let shared: string;

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "landfall-data-")));
  clone = join(top, "my clone");
  shared = join(top, "shared");
  mkdirSync(join(clone, "node_modules"), { recursive: true });
  writeFileSync(join(clone, "package.json"), '{"type":"module"}');
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

test("lies outside of the clone, which keeps a link to it, and is found by the next start", () => {
  const first = settleDataDirectory(clone, [shared]);
  expect(dirname(first)).toBe(shared);
  expect(packageAbove(first)).toBeNull();
  expect(readlinkSync(join(clone, ".data"))).toBe(first);
  writeFileSync(join(first, "secret.key"), "k");
  expect(settleDataDirectory(clone, [shared])).toBe(first);
  expect(findDataDirectory(clone)).toBe(first);
  expect(readFileSync(join(clone, ".data/secret.key"), "utf8")).toBe("k");
});

test("two clones have two, also when one takes the place of the other", () => {
  const first = settleDataDirectory(clone, [shared]);
  rmSync(clone, { recursive: true });
  mkdirSync(clone);
  expect(settleDataDirectory(clone, [shared])).not.toBe(first);
});

test("a folder below a package is passed over, and so is one that cannot be written", () => {
  writeFileSync(join(top, "file"), "");
  const parents = [join(top, "file/x"), join(clone, "inside"), shared];
  expect(dirname(settleDataDirectory(clone, parents))).toBe(shared);
});

test("below a package is better than nowhere; nowhere says what to do", () => {
  writeFileSync(join(top, "file"), "");
  expect(dirname(settleDataDirectory(clone, [join(clone, "inside")]))).toBe(join(clone, "inside"));
  rmSync(join(clone, ".data"));
  expect(() => settleDataDirectory(clone, [join(top, "file/x")])).toThrow(/LANDFALL_DATA_DIR/);
});

test("what an older version made in the clone is moved out of it, and keeps the path that it is known by", () => {
  mkdirSync(join(clone, ".data/services/web"), { recursive: true });
  writeFileSync(join(clone, ".data/services/web/a"), "1");
  const known = settleDataDirectory(clone, [shared]);
  expect(known).toBe(join(clone, ".data"));
  expect(dirname(realpathSync(known))).toBe(shared);
  expect(readFileSync(join(known, "services/web/a"), "utf8")).toBe("1");
  expect(settleDataDirectory(clone, [shared])).toBe(known);
});

test.each(["before the folder was moved", "after it"])(
  "a move that was cut %s is finished by the next start",
  (when) => {
    mkdirSync(join(clone, ".data"));
    writeFileSync(join(clone, ".data/a"), "1");
    mkdirSync(shared);
    symlinkSync(join(shared, "x"), join(clone, ".data.moving"));
    if (when === "after it") renameSync(join(clone, ".data"), join(shared, "x"));
    expect(settleDataDirectory(clone, [shared])).toBe(join(clone, ".data"));
    expect(readFileSync(join(shared, "x/a"), "utf8")).toBe("1");
    expect(readlinkSync(join(clone, ".data"))).toBe(join(shared, "x"));
  },
);

test("a link whose folder is gone gets it anew", () => {
  const first = settleDataDirectory(clone, [shared]);
  rmSync(shared, { recursive: true });
  expect(settleDataDirectory(clone, [shared])).toBe(first);
  expect(realpathSync(join(clone, ".data"))).toBe(first);
});

test("what makes a package is found however far above", () => {
  expect(packageAbove(join(clone, "a/b/c"))).toBe(join(clone, "package.json"));
  rmSync(join(clone, "package.json"));
  expect(packageAbove(join(clone, "a"))).toBe(join(clone, "node_modules"));
  expect(packageAbove(clone)).toBeNull();
});
