import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findReadableByOthers } from "./readable-by-others";

test("names the files that more than their owner may read, and no others", () => {
  const folder = mkdtempSync(join(tmpdir(), "landfall-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, mode] of [
    ["key", 0o400],
    ["password", 0o600],
    ["shared", 0o640],
    ["open", 0o644],
  ] as const) {
    writeFileSync(join(folder, name), "secret");
    chmodSync(join(folder, name), mode);
  }
  mkdirSync(join(folder, "below"), { mode: 0o755 });
  const found = findReadableByOthers([folder, join(folder, "nothing-here")]);
  expect(found.sort()).toEqual([join(folder, "open"), join(folder, "shared")]);
});
