import { expect, test } from "vitest";
import { colonPart, commandWord, environmentFile, isExpressible, unitLine, unitWord } from "./unit-syntax";

test.each([
  ["plain", '"plain"'],
  ["", '""'],
  ['say "100%" \\o/', '"say \\"100%%\\" \\\\o/"'],
  ["one\ntwo\r\tthree\x7f", '"one\\x0atwo\\x0d\\x09three\\x7f"'],
  ["next\u0085line, 日本", '"next\\xc2\\x85line, 日本"'],
])("%j as a word of a unit", (text, word) => {
  expect(unitWord(text)).toBe(word);
});

test("a dollar means a variable only in a command", () => {
  expect(commandWord("$HOME costs $5")).toBe('"$$HOME costs $$5"');
  expect(unitWord("$HOME")).toBe('"$HOME"');
});

test("a path that takes the rest of the line, and one between colons", () => {
  expect(unitLine("/srv/100% mine")).toBe("/srv/100%% mine");
  expect(colonPart("/srv/a:b\\c")).toBe("/srv/a\\:b\\\\c");
});

test("an environment file keeps line ends and quotes what a shell would read", () => {
  expect(environmentFile({ A: "one\ntwo", B: "$HOME `id` \\ \"x\" 'y' 100%", C: "" })).toBe(
    'A="one\ntwo"\nB="\\$HOME \\`id\\` \\\\ \\"x\\" \'y\' 100%"\nC=""\n',
  );
});

test.each(["", "héllo 日本 😀", "a\r\nb\t\x01\x7f", "\u0085\u2028\ufeff"])("systemd takes %j", (value) => {
  expect(isExpressible(value)).toBe(true);
});

test.each(["a\0b", "\ud800", "\ufffe", "\ufdd0", "\u{1fffe}"])("systemd takes no %j", (value) => {
  expect(isExpressible(value)).toBe(false);
});
