import type { Budget, Measure, Unit } from "./measure";
import { verdictOf } from "./measure";

export interface Row extends Measure {
  scenario: string;
}

const HEADINGS = ["scenario", "what", "budget", "measured", "verdict", "from"];

/** As aligned Markdown: the same in a terminal and in docs/benchmarks.md. */
export function drawTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(HEADINGS), line(widths.map((width) => "-".repeat(width))), ...cells.slice(1).map(line)].join("\n");
}

function cellsOf(row: Row): string[] {
  return [
    row.scenario,
    row.what,
    budgetText(row.budget, row.unit),
    quantity(row.value, row.unit),
    verdictOf(row),
    row.notes ?? "",
  ];
}

function budgetText(budget: Budget | undefined, unit: Unit): string {
  if (!budget) return "–";
  return "atMost" in budget ? `≤ ${quantity(budget.atMost, unit)}` : `≥ ${quantity(budget.atLeast, unit)}`;
}

function quantity(value: number, unit: Unit): string {
  if (unit === "×") return `${value.toFixed(2)} ×`;
  const digits = Number.isInteger(value) || value >= 100 ? 0 : 1;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}
