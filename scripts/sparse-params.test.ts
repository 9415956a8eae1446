import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withLaterNames, withSparseParams } from "./sparse-params.mjs";

/** One input with an edge (name 200, scalars 5, child 3, enumeration 7, flags 9), one output (name 1), one root (name 2). */
const GRAPH = [1, 1, 1, 1, 0xc8, 1, 5, 0, 4, 8, 9, 1, 1, 0, 6, 2, 1, 1];

test("names of Prisma's parameter graph start at 1,024, and nothing else changes", () => {
  const written = Buffer.from(withLaterNames(Buffer.from(GRAPH).toString("base64url")), "base64url");
  const input = [1, 1, 1, 1, 0xc8, 9, 5, 0, 4, 0x88, 8, 9];
  const outputAndRoot = [1, 0x81, 8, 0, 6, 0x82, 8, 1, 1];
  expect([...written]).toEqual([...input, ...outputAndRoot]);
});

test("no enumeration stays none", () => {
  const withoutEnumeration = GRAPH.with(9, 0);
  const written = Buffer.from(withLaterNames(Buffer.from(withoutEnumeration).toString("base64url")), "base64url");
  expect(written[9]).toBe(0);
});

test("a graph of another layout is refused", () => {
  expect(() => withLaterNames(Buffer.from([...GRAPH, 0]).toString("base64url"))).toThrow("in another way");
  expect(() => withSparseParams("config = {}")).toThrow("no parameterizationSchema");
});

test("the generated client has them", () => {
  const source = readFileSync(new URL("../lib/platform/db/generated/internal/class.ts", import.meta.url), "utf8");
  expect(source).toContain(String.raw`strings: JSON.parse("[\"\",\"\",`);
});
