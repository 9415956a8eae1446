import { expect, test } from "vitest";
import * as z from "zod";
import { verbatim } from "@/lib/contracts/verbatim";
import { bodyOf, controlAt, typedOf } from "./contract-values";

const Contract = z.strictObject({
  name: z.string().min(1),
  port: z.int().min(1),
  cpus: z.number().optional(),
  note: z.string().nullish(),
  level: z.int().nullable().default(null),
  password: z.string().register(verbatim).optional(),
  isOn: z.boolean().default(true),
  mode: z.enum(["one", "two"]).default("one"),
  health: z.strictObject({ intervalMs: z.int(), healthyThreshold: z.int() }).partial().default({}),
  rows: z.array(z.strictObject({ name: z.string(), path: z.string() })).default([]),
  ports: z.array(z.int()).optional(),
  source: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("folder"), path: z.string() }),
    z.strictObject({ kind: z.literal("image"), image: z.string() }),
  ]),
});

test("texts are trimmed and become numbers where the contract has one, durations milliseconds", () => {
  const body = bodyOf(Contract, {
    name: " web ",
    port: " 8080 ",
    cpus: "1.5",
    isOn: "false",
    health: { intervalMs: "2.5", healthyThreshold: "4" },
    ports: ["80", "443"],
  });
  expect(body).toMatchObject({
    name: "web",
    port: 8080,
    cpus: 1.5,
    isOn: false,
    health: { intervalMs: 2_500, healthyThreshold: 4 },
    ports: [80, 443],
  });
});

test("what is empty is null where the contract has null, else absent", () => {
  expect(
    bodyOf(Contract, { name: "", port: " ", note: "", level: "", password: "", health: { intervalMs: "" } }),
  ).toEqual({
    note: null,
    level: null,
    health: {},
  });
});

test("what is no number is sent as it was typed, and a password keeps its spaces", () => {
  expect(bodyOf(Contract, { port: "80a", ports: ["x"], password: " a b " })).toMatchObject({
    port: "80a",
    ports: ["x"],
    password: " a b ",
  });
});

test("rows with nothing in them and keys that the contract does not know are left out", () => {
  const rows = [
    { id: 1, name: "", path: " " },
    { id: 2, name: "data", path: "/data" },
  ];
  expect(bodyOf(Contract, { rows, other: "x" })).toMatchObject({ rows: [{ name: "data", path: "/data" }] });
  expect(bodyOf(Contract, { other: "x" })).not.toHaveProperty("other");
});

test("of a union only the option that was chosen is sent", () => {
  expect(bodyOf(Contract, { source: { kind: "image", path: "/a", image: "nginx" } })).toMatchObject({
    source: { kind: "image", image: "nginx" },
  });
});

test("a value that is opened and sent again stays as it is", () => {
  const value = {
    name: "web",
    port: 8080,
    note: null,
    level: 3,
    isOn: false,
    mode: "two",
    health: { intervalMs: 1_500, healthyThreshold: 2 },
    rows: [{ name: "data", path: "/data" }],
    source: { kind: "folder", path: "/srv" },
  };
  expect(bodyOf(Contract, typedOf(value))).toEqual(value);
});

test.each([
  ["name", "text"],
  ["port", "integer"],
  ["cpus", "decimal"],
  ["isOn", "switch"],
  ["mode", "select"],
  ["health.intervalMs", "decimal"],
  ["health.healthyThreshold", "integer"],
  ["source.image", "text"],
  ["unknown", "text"],
])("the contract asks for %s with %s", (path, control) => {
  expect(controlAt(Contract, path.split(".")).control).toBe(control);
});
