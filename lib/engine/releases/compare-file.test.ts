import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LocalHost } from "@/lib/hosts/local-host";
import { differenceOf, readWithin } from "./compare-file";

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

test("a file is read byte for byte, and a pipe in its place holds nobody up", async () => {
  const folder = await mkdtemp(join(tmpdir(), "landfall-compared-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const content = Buffer.from(Array.from({ length: 512 * 1024 }, (_, at) => (at * 7) % 256));
  await writeFile(join(folder, "-file"), content);
  execFileSync("mkfifo", [join(folder, "pipe")]);
  const read = (ms: number, name: string) => readWithin(ms, new LocalHost(), join(folder, name), content.length);
  expect((await read(60_000, "-file"))?.equals(content)).toBe(true);
  expect(await read(500, "pipe")).toBeNull();
});
