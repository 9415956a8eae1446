import { expect, test } from "vitest";
import { byTag, shortType } from "./openapi-view";

test.each([
  [{ type: "string", format: "uuid" }, "uuid"],
  [{ type: "string", enum: ["a", "b"] }, "a | b"],
  [{ type: "array", items: { $ref: "#/components/schemas/UserView" } }, "UserView[]"],
  [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
  [{ const: "builtin" }, '"builtin"'],
  [{}, "any"],
  [undefined, "any"],
])("%j is %s", (schema, text) => {
  expect(shortType(schema)).toBe(text);
});

test("operations are grouped by their tag, in the document's order", () => {
  const operation = (tag: string) => ({ operationId: tag, tags: [tag], summary: "", parameters: [], responses: {} });
  const paths = { "/a": { get: operation("a"), post: operation("a") }, "/b": { get: operation("b") } };
  const grouped = byTag({ paths, components: { schemas: {} } });
  expect(grouped.map(([tag, entries]) => [tag, entries.map(({ method }) => method)])).toEqual([
    ["a", ["GET", "POST"]],
    ["b", ["GET"]],
  ]);
});
