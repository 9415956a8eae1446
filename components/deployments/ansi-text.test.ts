import { expect, test } from "vitest";
import { parseAnsi } from "./ansi-text";

const ESC = "\u001b";
const seen = (line: string) => parseAnsi(line).map(({ text, colour }) => [text, colour]);

test("plain text is one part without a colour", () => {
  expect(seen("added 62 packages in 2s")).toEqual([["added 62 packages in 2s", undefined]]);
});

test("basic and bright colours become the theme's", () => {
  expect(seen(`${ESC}[31mred${ESC}[0m and ${ESC}[92mgreen${ESC}[0m`)).toEqual([
    ["red", "red"],
    [" and ", undefined],
    ["green", "green"],
  ]);
});

test.each([
  ["38;5;196", "red"],
  ["38;5;46", "green"],
  ["38;5;240", "white"],
  ["38;2;255;170;0", "yellow"],
  ["38;2;10;20;250", "blue"],
  ["38;2;200;40;210", "magenta"],
])("%s is shown as %s", (code, colour) => {
  expect(seen(`${ESC}[${code}mx${ESC}[0m`)).toEqual([["x", colour]]);
});

test("bold, dim, underline and changed places are kept as such", () => {
  const [bold, dim, line, swapped] = parseAnsi(
    `${ESC}[1ma${ESC}[0m${ESC}[2mb${ESC}[0m${ESC}[4mc${ESC}[0m${ESC}[7md${ESC}[0m`,
  );
  expect([bold?.isBold, dim?.isDim, line?.isUnderlined, swapped?.isInverse]).toEqual([true, true, true, true]);
});

test.each([
  ["41", "red", undefined],
  ["30;42", "green", undefined],
  ["97;44", "blue", undefined],
  ["33;41", "red", "yellow"],
  ["48;5;226", "yellow", undefined],
])("%s has a background of %s and text of %s", (code, background, colour) => {
  expect(parseAnsi(`${ESC}[${code}mx${ESC}[0m`)).toMatchObject([{ background, colour, isInverse: false }]);
});

test("a bar that overwrote itself is shown as it was last, and what moves a cursor is gone", () => {
  expect(seen("10 %\r50 %\r100 %\r")).toEqual([["100 %", undefined]]);
  expect(seen(`${ESC}[2K${ESC}[1Gdone${ESC}]0;title\u0007`)).toEqual([["done", undefined]]);
});

test("markup stays text", () => {
  expect(seen("<b>&amp;</b>")).toEqual([["<b>&amp;</b>", undefined]]);
});
