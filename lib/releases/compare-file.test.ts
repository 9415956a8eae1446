import { expect, test } from "vitest";
import { differenceOf } from "./compare-file";

const of = (before: string | Buffer, after: string | Buffer) =>
  differenceOf("a.js", Buffer.from(before as string), Buffer.from(after as string));

test("changed lines come with the lines around them", () => {
  const before = ["1", "2", "3", "4", "5", "old", "7", "8", "9", "10"].join("\n");
  expect(of(before, before.replace("old", "new"))).toEqual({
    path: "a.js",
    kind: "text",
    isCut: false,
    hunks: [
      {
        fromLine: 3,
        toLine: 3,
        lines: [
          [" ", "3"],
          [" ", "4"],
          [" ", "5"],
          ["-", "old"],
          ["+", "new"],
          [" ", "7"],
          [" ", "8"],
          [" ", "9"],
        ],
      },
    ],
  });
});

test("a file that one of them does not have is all added or all removed", () => {
  expect(of("", "a\nb\n").hunks[0]?.lines).toEqual([
    ["+", "a"],
    ["+", "b"],
  ]);
  expect(of("a\n", "").hunks[0]?.lines).toEqual([["-", "a"]]);
});

test("what is no text, or more than is shown, says so", () => {
  expect(of("a", Buffer.from([0, 1]))).toMatchObject({ kind: "binary", hunks: [] });
  expect(of("a", Buffer.from([0xff, 0xfe]))).toMatchObject({ kind: "binary" });
  expect(differenceOf("a", "too-large", Buffer.from("a"))).toMatchObject({ kind: "too-large", hunks: [] });
  const many = of("", "x\n".repeat(5_000));
  expect([many.isCut, many.hunks[0]?.lines.length]).toEqual([true, 4_000]);
});
