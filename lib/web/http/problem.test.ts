import { expect, test } from "vitest";
import * as z from "zod";
import { Source } from "@/lib/contracts/source";
import { fieldErrors, pointerTo } from "./problem";
import { sentencesIn } from "./sentences";

const sentences = await sentencesIn("en");

function wrong(schema: z.ZodType, input: unknown) {
  const { error } = schema.safeParse(input, { error: sentences.zod });
  return fieldErrors(error?.issues ?? [], input, sentences).map(({ path, code, message }) => [
    pointerTo(path),
    code,
    message,
  ]);
}

test.each<[string, z.ZodType, unknown, string, RegExp]>([
  ["nothing", z.string(), undefined, "required", /Required/],
  ["null", z.string(), null, "wrong-type", /must be text/],
  ["text for a number", z.int(), "8", "wrong-type", /must be/],
  ["a fraction", z.int(), 1.5, "wrong-type", /whole number/],
  ["too short a text", z.string().min(12), "x", "too-short", /at least 12 characters/],
  ["too long a text", z.string().max(1), "xy", "too-long", /at most 1 character\./],
  ["too small a number", z.int().min(1), 0, "too-low", /1 or more/],
  ["too large a number", z.int().max(65_535), 70_000, "too-high", /65,535 or less/],
  ["too many", z.array(z.int()).max(1), [1, 2], "too-many", /At most 1/],
  ["another word", z.enum(["a", "b"]), "c", "not-an-option", /one of: a, b/],
  ["no address", z.email(), "x", "not-an-email", /not an email/],
  ["no id", z.uuid(), "7", "not-an-id", /not an id/],
  ["no time", z.iso.datetime(), "now", "not-a-time", /not a time/],
  ["an unknown kind", Source, { kind: "floppy" }, "not-an-option", /folder, archive, image, git/],
  ["our own code", z.string().regex(/^a$/, { error: "not-a-path" }), "b", "not-a-path", /begins with/],
  ["a sentence of zod's", z.number().multipleOf(5), 7, "not-multiple-of", /multiple of 5/],
])("%s", (_, schema, input, code, sentence) => {
  const [found] = wrong(schema, input);
  expect(found?.[1]).toBe(code);
  expect(found?.[2]).toMatch(sentence);
});

test("a pointer escapes what has a meaning in it", () => {
  expect(pointerTo(["a/b", 0, "c~d"])).toBe("/a~1b/0/c~0d");
});
