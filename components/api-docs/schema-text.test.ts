import { expect, test } from "vitest";
import { schemaText } from "./schema-text";

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
