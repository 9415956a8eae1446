import { expect, test } from "vitest";
import { environmentOf, newVariable, parsePastedEnvFile, repeatedNames } from "./variables";

const pasted = (text: string) => parsePastedEnvFile(text)?.map(({ name, value }) => [name, value]) ?? null;

test("a pasted .env file becomes rows", () => {
  const file = [
    "# comment",
    "PLAIN=1",
    "export WITH_EXPORT=two # why",
    'QUOTED="a # b\\nc"',
    "SINGLE='x\\ny'",
    "EMPTY=",
    "not a line",
    'KEY="-----BEGIN',
    'abc\\"=',
    '-----END" # a key',
    'OPEN="1',
    'LAST="2"',
    "",
  ].join("\r\n");
  expect(pasted(file)).toEqual([
    ["PLAIN", "1"],
    ["WITH_EXPORT", "two"],
    ["QUOTED", "a # b\nc"],
    ["SINGLE", "x\\ny"],
    ["EMPTY", ""],
    ["KEY", '-----BEGIN\nabc"=\n-----END'],
    ["LAST", "2"],
    ["not a line", ""],
    ['OPEN="1', ""],
  ]);
});

test("a value keeps its own equals signs", () => {
  expect(pasted("URL=postgres://u:p@h/d?a=b")).toEqual([["URL", "postgres://u:p@h/d?a=b"]]);
});

test.each(["NAME", "two words", "=", "\n\n"])("%j is no file", (text) => {
  expect(parsePastedEnvFile(text)).toBeNull();
});

test("empty rows are nothing, and a nameless value is not lost", () => {
  expect(environmentOf([newVariable(), newVariable(" A ", " 1 "), newVariable("", "x")])).toEqual({
    A: " 1 ",
    "": "x",
  });
});

test("a name that is there twice is found", () => {
  expect([...repeatedNames([newVariable("A"), newVariable("B", "1"), newVariable("A ", "2"), newVariable()])]).toEqual([
    "A",
  ]);
});
