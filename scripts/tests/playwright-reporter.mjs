/** Writes a Playwright run's durations and results to the file TEST_REPORT names, as vitest-reporter.mjs does. */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

const STATES = { expected: "passed", unexpected: "failed", skipped: "skipped", flaky: "failed" };
const SET_UPS = ["hook", "fixture"];
const NOTICEABLE_MS = 50;

/** @implements {import("@playwright/test/reporter").Reporter} */
export default class TestReporter {
  #begunAt = performance.now();
  /** @type {import("@playwright/test/reporter").Suite | undefined} */
  #root;
  /** @type {import("./suites.mjs").Timed[]} */
  #setUps = [];
  /** @type {string[]} */
  #errors = [];
  #hasBegun = false;

  /** @param {import("@playwright/test/reporter").FullConfig} _config @param {import("@playwright/test/reporter").Suite} suite */
  onBegin(_config, suite) {
    this.#root = suite;
  }

  onTestBegin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#addSetUp("playwright.config.ts", "the console starts", performance.now() - this.#begunAt);
  }

  /**
   * @param {import("@playwright/test/reporter").TestCase} test
   * @param {import("@playwright/test/reporter").TestResult} result
   */
  onTestEnd(test, { steps }) {
    for (const { title, category, duration } of steps.flatMap(({ steps }) => steps))
      if (SET_UPS.includes(category)) this.#addSetUp(fileOf(test), `${test.title}: ${title}`, duration);
  }

  /** @param {import("@playwright/test/reporter").TestError} error */
  onError({ message = "" }) {
    this.#errors.push(message.split("\n")[0] ?? "");
  }

  onEnd() {
    const tests = (this.#root?.allTests() ?? []).map((test) => ({
      file: fileOf(test),
      name: test.titlePath().slice(3).join(" › "),
      ms: Math.round(test.results.reduce((sum, { duration }) => sum + duration, 0)),
      state: STATES[test.outcome()],
      ...causeOf(test),
    }));
    const file = process.env.TEST_REPORT;
    if (file) writeFileSync(file, JSON.stringify({ tests, setUps: this.#setUps, errors: this.#errors }, null, 1));
  }

  printsToStdio() {
    return false;
  }

  /** @param {string} file @param {string} name @param {number} ms */
  #addSetUp(file, name, ms) {
    if (ms >= NOTICEABLE_MS) this.#setUps.push({ file, name, ms: Math.round(ms) });
  }
}

/** @param {import("@playwright/test/reporter").TestCase} test */
function causeOf({ results }) {
  const errors = results.flatMap(({ errors }) => errors.map(({ stack, message }) => stack ?? message ?? ""));
  return errors.length > 0 && { cause: stripVTControlCharacters(errors.join("\n")) };
}

/** @param {import("@playwright/test/reporter").TestCase} test */
function fileOf({ location }) {
  return relative(process.cwd(), location.file);
}
