import { expect, test } from "vitest";
import type { LogLine } from "@/lib/contracts/event";
import { MatchingLog, WholeLog } from "./log-source";
import type { LogPage, ReadLog } from "./queries";

const line = (n: number): LogLine => [n, "o", `line ${n}`];
const soon = () => new Promise((resolve) => setTimeout(resolve, 200));

/** A server's log of `total` lines that records its requests. */
function logOf(total: number) {
  const asked: Parameters<ReadLog>[0][] = [];
  const read: ReadLog = async (query): Promise<LogPage> => {
    asked.push(query);
    const all = Array.from({ length: total }, (_, index) => ({ n: index + 1, phase: null, line: line(index + 1) }));
    const matching = all.filter((row) => row.line[2].includes(query.search ?? ""));
    return { lines: matching.filter(({ n }) => n >= (query.from ?? 1)).slice(0, query.limit), total: matching.length };
  };
  return { read, asked };
}

test("only the blocks that are looked at are fetched, each once", async () => {
  const { read, asked } = logOf(100_000);
  const log = new WholeLog(read, 100_000);
  log.ensure(50_010, 50_040);
  log.ensure(50_020, 50_050);
  await soon();
  log.ensure(50_010, 50_040);
  expect(asked).toEqual([{ from: 50_001, limit: 500 }]);
  expect(log.at(50_010)?.line[2]).toBe("line 50011");
  expect(log.at(10)).toBeUndefined();
});

test("lines that came with the page are there at once, and only what they lack is fetched", async () => {
  const { read, asked } = logOf(1_000);
  const known = Array.from({ length: 200 }, (_, index) => ({ n: index + 801, phase: null, line: line(index + 801) }));
  const log = new WholeLog(read, 1_000, known);
  expect([log.count(), log.at(999)?.line[2], log.at(799)]).toEqual([1_000, "line 1000", undefined]);
  log.ensure(940, 999);
  await soon();
  expect(asked).toEqual([]);
  log.ensure(780, 820);
  await soon();
  expect(asked).toEqual([{ from: 501, limit: 500 }]);
});

test("a scroll through everything fetches where it ends", async () => {
  const { read, asked } = logOf(100_000);
  const log = new WholeLog(read, 100_000);
  for (let first = 0; first < 99_900; first += 900) log.ensure(first, first + 40);
  await soon();
  expect(asked).toEqual([{ from: 99_001, limit: 500 }]);
});

test("a line that comes from an event and from a block is there once", async () => {
  const { read, asked } = logOf(3);
  const log = new WholeLog(read, 2);
  log.append(null, 3, [line(3)]);
  log.append(null, 3, [line(3)]);
  expect(log.count()).toBe(3);
  log.ensure(0, 2);
  await soon();
  expect(asked).toHaveLength(1);
  expect([0, 1, 2].map((index) => log.at(index)?.n)).toEqual([1, 2, 3]);
  log.ensure(0, 2);
  expect(asked).toHaveLength(1);
});

test("lines that were missed while the line was cut are fetched when looked at", async () => {
  const { read } = logOf(9);
  const log = new WholeLog(read, 2);
  log.append(null, 9, [line(9)]);
  expect(log.at(4)).toBeUndefined();
  log.ensure(0, 8);
  await soon();
  expect(log.at(4)?.n).toBe(5);
});

test("matches are fetched on as one scrolls, and again when the log has grown", async () => {
  const { read, asked } = logOf(2_000);
  const log = new MatchingLog(read, { search: "line" });
  await soon();
  expect([log.count(), log.total()]).toEqual([500, 2_000]);
  log.ensure(0, 30);
  log.ensure(400, 450);
  await soon();
  expect(log.count()).toBe(1_000);
  expect(asked.map(({ from }) => from)).toEqual([1, 501]);
  expect(log.indexOf(700)).toBe(699);
  expect(log.indexOf(1_700)).toBeUndefined();
});

test("a search that ended finds what was written since", async () => {
  let total = 1;
  const log = new MatchingLog((query) => logOf(total).read(query), { search: "line" });
  await soon();
  total = 3;
  log.grown();
  await soon();
  expect(log.count()).toBe(3);
});
