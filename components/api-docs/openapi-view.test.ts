import { expect, test } from "vitest";
import { byTag, schemaText, shortType } from "./openapi-view";

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

test("an object reads like a type", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string", description: "A DNS label" },
      port: { type: "integer", default: 80 },
      owner: { anyOf: [{ $ref: "#/components/schemas/UserView" }, { type: "null" }] },
      phases: {
        type: "array",
        items: { type: "object", properties: { key: { enum: ["a", "b"] } }, required: ["key"] },
      },
      tags: { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
      environment: { type: "object", additionalProperties: { type: "string" } },
      line: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }] },
    },
    required: ["name", "owner"],
  };
  expect(schemaText(schema)).toBe(
    [
      "{",
      "  name: string; // A DNS label",
      "  port?: integer; // default 80",
      "  owner: UserView | null;",
      "  phases?: {",
      "    key: a | b;",
      "  }[];",
      "  tags?: (string | number)[];",
      "  environment?: { [name]: string };",
      "  line?: [integer, string];",
      "}",
    ].join("\n"),
  );
});

test("what says nothing is anything", () => {
  expect(schemaText({})).toBe("any");
  expect(schemaText(undefined)).toBe("any");
});
