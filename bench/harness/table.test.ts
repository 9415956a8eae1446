import { expect, test } from "vitest";
import { drawTable } from "./table";

test("a row says budget, value and verdict with their units", () => {
  const table = drawTable([
    { scenario: "pick-up", what: "p50", value: 9.26, unit: "ms", budget: { atMost: 25 }, notes: "of 150" },
    { scenario: "logs", what: "shown", value: 19_000.4, unit: "lines/s", budget: { atLeast: 20_000 } },
    { scenario: "logs", what: "taken", value: 21_000, unit: "lines/s" },
  ]);
  const rows = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows[2]?.slice(1, -1)).toEqual(["pick-up", "p50", "≤ 25 ms", "9.3 ms", "holds", "of 150"]);
  expect(rows[3]?.slice(1, -1)).toEqual(["logs", "shown", "≥ 20,000 lines/s", "19,000 lines/s", "does not hold", ""]);
  expect(rows[4]?.slice(3, -1)).toEqual(["–", "21,000 lines/s", "no budget", ""]);
  expect(new Set(table.split("\n").map((line) => line.length)).size).toBe(1);
});
