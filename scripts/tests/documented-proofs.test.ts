import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** A proof in docs/testing.md is a file, followed after a colon by words of its tests' titles. */
const PROOF = /`([\w./-]+\.ts)`(?:: “([^”]+)”)?/g;
const document = readFileSync("docs/testing.md", "utf8");
const proofs = [...document.slice(document.indexOf("## What each promise")).matchAll(PROOF)];

test("every proof that docs/testing.md names is there", () => {
  expect(proofs.length).toBeGreaterThan(60);
  const missing = proofs.filter(
    ([, file = "", name = ""]) => !existsSync(file) || !readFileSync(file, "utf8").includes(name),
  );
  expect(missing.map(([proof]) => proof)).toEqual([]);
});
