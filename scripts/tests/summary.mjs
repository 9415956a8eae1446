/** The end of `npm test`: durations, failures, and one line that counts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dim, duration, red, say } from "../screen.mjs";
import { resultsFolder } from "./suites.mjs";

const SLOWEST = 10;
/** A log that is cut at its beginning still shows the cause; the whole text is printed above, where it occurred. */
const CAUSE_LINES = 25;

/** @typedef {import("./suites.mjs").Results} Results @typedef {import("./suites.mjs").Timed} Timed */

/** Prints the summary and writes it to test-results/summary.json. @param {Results} results @param {number} ms of the whole run */
export function summarize(results, ms) {
  const summary = summaryOf(results, ms);
  writeFileSync(join(resultsFolder, "summary.json"), JSON.stringify(summary, null, 2));
  say();
  for (const line of linesOf(summary)) say(line);
  say();
  for (const sentence of summary.leftOut) say(`Left out: ${sentence}.`);
  for (const failure of summary.failures) say(`${red("✗")} ${failure}`);
  process.stdout.write(`${summary.passed} passed, ${summary.failed} failed\n`);
}

/** @param {Results} results @param {number} ms */
export function summaryOf(results, ms) {
  const { suites, passed, failed } = results;
  return {
    ms: Math.round(ms),
    passed,
    failed,
    suites: suites.map(({ suite, ms, tests, errors }) => ({
      ...{ suite, ms: Math.round(ms), tests: tests.length },
      failed: tests.filter(({ state }) => state === "failed").length + errors.length,
    })),
    slowestTests: slowest(suites.flatMap(({ tests }) => tests)),
    slowestSetUps: slowest(suites.flatMap(({ setUps }) => setUps)),
    failures: suites.flatMap(({ suite, tests, errors }) => [
      ...tests
        .filter(({ state }) => state === "failed")
        .map(({ file, name, cause }) => [`${suite}: ${file}: ${name}`, ...indented(cause)].join("\n")),
      ...errors.map((error) => `${suite}: ${error}`),
    ]),
    leftOut: [
      ...results.leftOut,
      ...suites.flatMap(({ suite, tests }) => {
        const skipped = tests.filter(({ state }) => state === "skipped").length;
        return skipped > 0 ? [`${skipped} of the ${suite} tests were skipped`] : [];
      }),
    ],
  };
}

/** @param {string | undefined} cause */
function indented(cause) {
  const lines = cause?.split("\n") ?? [];
  return lines.slice(0, CAUSE_LINES).map((line) => `    ${line}`);
}

/** @param {readonly Timed[]} all @returns {Timed[]} */
function slowest(all) {
  return all
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, SLOWEST)
    .map(({ file, name, ms }) => ({ file, name, ms }));
}

/** @param {ReturnType<typeof summaryOf>} summary */
function linesOf({ ms, suites, slowestTests, slowestSetUps }) {
  const width = Math.max(...suites.map(({ suite }) => suite.length), "everything".length);
  const row = (/** @type {string} */ title, /** @type {number} */ took, /** @type {number} */ tests) =>
    `${title.padEnd(width)}  ${duration(took).padStart(9)}  ${tests > 0 ? String(tests).padStart(5) : ""}`.trimEnd();
  const list = (/** @type {string} */ title, /** @type {Timed[]} */ entries) => [
    "",
    dim(title),
    ...entries.map(({ file, name, ms }) => `${duration(ms).padStart(9)}  ${file}: ${name}`),
  ];
  return [
    dim(`${"Suite".padEnd(width)}  ${"Time".padStart(9)}  Tests`),
    ...suites.map(({ suite, ms, tests }) => row(suite, ms, tests)),
    row(
      "everything",
      ms,
      suites.reduce((sum, { tests }) => sum + tests, 0),
    ),
    ...list("Slowest tests", slowestTests),
    ...list("Slowest set-ups", slowestSetUps),
  ];
}
