/** The steps of `npm run validate` and `npm test`, and what they counted. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./install.mjs";
import { runtimeEnvironment } from "./runtime.mjs";
import { green, liveLine, red } from "./screen.mjs";

/**
 * `shaky` passed only when it was tried again.
 * @typedef {{passed: number, failed: number, skipped: number, failures: string[], shaky: string[]}} Counted
 */

const results = join(root, "test-results");

export class Tally {
  passed = 0;
  failed = 0;
  /** What was not done, and why: never in silence. @type {string[]} */
  leftOut = [];
  /** What failed, by name: its own words are far above the end of a long output. @type {string[]} */
  failures = [];
  /** @type {string[]} */
  shaky = [];

  /** @param {Counted} counted @param {string} name */
  add({ passed, failed, skipped, failures, shaky }, name) {
    this.passed += passed;
    this.failed += failed;
    this.failures.push(...failures.map((failure) => `${name}: ${failure}`));
    this.shaky.push(...shaky.map((test) => `${name}: ${test}`));
    if (skipped > 0) this.leftOut.push(`${skipped} of the ${name} tests were skipped`);
  }

  get isGood() {
    return this.failed === 0 && (this.leftOut.length === 0 || !process.env.CI);
  }
}

/**
 * A check without numbers: a line when it is well, its whole output when it is not.
 * @param {Tally} tally @param {string} title @param {string[]} command
 */
export async function check(tally, title, command) {
  const line = liveLine(title);
  const { exitCode, output } = await run(command, {}, "pipe");
  line.end(exitCode === 0 ? green("✓") : red("✗"));
  if (exitCode === 0) return;
  tally.failed += 1;
  tally.failures.push(title);
  process.stdout.write(`\n${output}\n`);
}

/** @param {Tally} tally @param {string} name @param {string[]} projects */
export async function runVitest(tally, name, projects) {
  const report = join(results, `${name}.json`);
  prepareReport(report);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { exitCode } = await run(
    ["vitest", "run", "--passWithNoTests", ...projects.flatMap((project) => ["--project", project]), ...reporters],
    {},
    "inherit",
  );
  const counted = readReport(report, (json) => ({
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
    failures: json.testResults.flatMap(namesOfFailed),
    shaky: json.testResults.flatMap(namesOfShaky),
  }));
  tally.add(settle(counted, exitCode), name);
}

/** @param {Tally} tally @param {string} chromium */
export async function runPlaywright(tally, chromium) {
  const report = join(results, "e2e.json");
  prepareReport(report);
  const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
  const { exitCode } = await run(
    ["playwright", "test", "--pass-with-no-tests", "--reporter=list,json"],
    env,
    "inherit",
  );
  const counted = readReport(report, ({ stats, suites }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    skipped: stats.skipped,
    failures: suites.flatMap(titlesOf("unexpected")),
    shaky: suites.flatMap(titlesOf("flaky")),
  }));
  tally.add(settle(counted, exitCode), "e2e");
}

/** A run that failed without a failed test (it could not start, or something outside the tests broke) is a failure too. */
function settle(/** @type {Counted} */ counted, /** @type {number | null} */ exitCode) {
  if (exitCode === 0 || counted.failed > 0) return counted;
  return { ...counted, failed: 1, failures: ["something outside the tests"] };
}

/** @typedef {{status: string, fullName: string, failureMessages: string[]}} VitestResult */
/** @typedef {{name: string, message: string, assertionResults: VitestResult[]}} VitestFile */

/** Of a file in vitest's report; one that could not be read has a message and no tests. @param {VitestFile} file */
function namesOfFailed({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0 && message) return [`${relative(root, name)}: ${message.split("\n")[0]}`];
  return failed.map(({ fullName }) => `${relative(root, name)}: ${fullName}`);
}

/** The report keeps what the first attempt failed with. @param {VitestFile} file */
function namesOfShaky({ name, assertionResults }) {
  return assertionResults
    .filter(({ status, failureMessages }) => status === "passed" && failureMessages.length > 0)
    .map(({ fullName }) => `${relative(root, name)}: ${fullName}`);
}

/**
 * Of a suite in Playwright's report, which nests them.
 * @typedef {{title: string, tests: {status: string}[]}} Spec
 * @typedef {{file: string, suites?: Suite[], specs: Spec[]}} Suite
 * @param {"unexpected" | "flaky"} wanted
 */
function titlesOf(wanted) {
  /** @param {Suite} suite @returns {string[]} */
  const titles = ({ file, suites = [], specs }) => [
    ...specs
      .filter(({ tests }) => tests.some(({ status }) => status === wanted))
      .map(({ title }) => `${file}: ${title}`),
    ...suites.flatMap(titles),
  ];
  return titles;
}

/** @param {string} file */
function prepareReport(file) {
  mkdirSync(results, { recursive: true });
  rmSync(file, { force: true });
}

/**
 * @template Report
 * @param {string} file @param {(json: Report) => Counted} count
 * @returns {Counted}
 */
function readReport(file, count) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0, failures: [], shaky: [] };
  return count(JSON.parse(readFileSync(file, "utf8")));
}

/**
 * @param {string[]} command @param {Record<string, string>} env @param {"inherit" | "pipe"} stdout
 * @returns {Promise<{exitCode: number | null, output: string}>}
 */
function run([name = "", ...args], env, stdout) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin", name), args, {
      cwd: root,
      env: { ...runtimeEnvironment(), ...env },
      stdio: ["ignore", stdout, stdout],
    });
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}
