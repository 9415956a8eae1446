/** Runs the suites of `npm run validate` and `npm test`, several concurrently, and records times and results. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../install.mjs";
import { runtimeEnvironment } from "../runtime.mjs";
import { green, liveLine, red } from "../screen.mjs";

/**
 * @typedef {{file: string, name: string, ms: number}} Timed
 * `cause` is a failed test's error and its position.
 * @typedef {Timed & {state: "passed" | "failed" | "skipped", cause?: string}} Test
 * What a runner's reporter writes; `errors` are failures outside the tests: a file that does not load, a hook.
 * @typedef {{tests: Test[], setUps: Timed[], errors: string[]}} Report
 * @typedef {Report & {suite: string, ms: number}} SuiteResult
 */

export const resultsFolder = join(root, "test-results");

export class Results {
  /** @type {SuiteResult[]} */
  suites = [];
  /** Skipped suites, with the reason. @type {string[]} */
  leftOut = [];

  get passed() {
    return this.#count("passed");
  }

  /** Failures outside of tests count as one each. */
  get failed() {
    return this.#count("failed") + this.suites.flatMap(({ errors }) => errors).length;
  }

  /** Nothing failed, and where CI is set nothing was skipped. */
  get isGood() {
    const skipped = this.#count("skipped");
    return this.failed === 0 && ((this.leftOut.length === 0 && skipped === 0) || !process.env.CI);
  }

  /** @param {SuiteResult} result */
  add(result) {
    this.suites.push(result);
  }

  /** @param {Test["state"]} wanted */
  #count(wanted) {
    return this.suites.flatMap(({ tests }) => tests).filter(({ state }) => state === wanted).length;
  }
}

/**
 * A check without tests of its own: prints a line when it passes, its whole output when it fails.
 * @param {Results} results @param {string} title @param {string[]} command
 */
export async function check(results, title, command) {
  const line = liveLine(title);
  let output = "";
  const began = performance.now();
  const exitCode = await run(command, {}, (text) => {
    output += `${text}\n`;
  });
  line.end(exitCode === 0 ? green("✓") : red("✗"));
  if (exitCode !== 0) process.stdout.write(`\n${output}\n`);
  results.add({
    ...{ suite: title, ms: performance.now() - began, tests: [], setUps: [] },
    errors: exitCode === 0 ? [] : [title],
  });
}

/**
 * Runs vitest projects as one suite.
 * @param {Results} results @param {string} suite @param {string[]} projects @param {Record<string, string>} env
 */
export function runVitest(results, suite, projects, env = {}) {
  const names = projects.flatMap((project) => ["--project", project]);
  return runSuite(results, suite, ["vitest", "run", ...names], env);
}

/** @param {Results} results @param {string} chromium */
export function runPlaywright(results, chromium) {
  return runSuite(results, "e2e", ["playwright", "test"], { CHROMIUM_PATH: chromium });
}

/** @param {Results} results @param {string} suite @param {string[]} command @param {Record<string, string>} env */
async function runSuite(results, suite, command, env) {
  const file = join(resultsFolder, `${suite.replaceAll(" ", "-")}.json`);
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(file, { force: true });
  const began = performance.now();
  // Suites run concurrently: every line starts with the name of its suite.
  const print = (/** @type {string} */ line) => process.stdout.write(`${suite} │ ${line}\n`);
  const exitCode = await run(command, { ...env, TEST_REPORT: file }, print);
  results.add({ suite, ms: performance.now() - began, ...readReport(file, exitCode) });
}

/** A run that failed without a failed test (it could not start, say) counts as a failure too. @returns {Report} */
function readReport(/** @type {string} */ file, /** @type {number | null} */ exitCode) {
  /** @type {Report} */
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { tests: [], setUps: [], errors: [] };
  const hasFailed = report.errors.length > 0 || report.tests.some(({ state }) => state === "failed");
  if (exitCode === 0 || hasFailed) return report;
  return { ...report, errors: [`the run ended with ${exitCode ?? "a signal"}, outside of its tests`] };
}

/**
 * Resolves with the exit code; null when a signal ended it.
 * @param {string[]} command @param {Record<string, string>} env @param {(line: string) => void} onLine
 * @returns {Promise<number | null>}
 */
function run([name = "", ...args], env, onLine) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin", name), args, {
      cwd: root,
      env: { ...runtimeEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLine);
    child.once("error", reject);
    child.once("close", resolve);
  });
}
