/**
 * Writes the durations and results of a vitest run to the file that TEST_REPORT names: every test, and every set-up
 * that took noticeable time (hooks, and the loading of a file, which includes its top-level code).
 */

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

const NOTICEABLE_MS = 50;

/** @typedef {import("./suites.mjs").Timed} Timed @typedef {import("./suites.mjs").Report} Report */

/** @implements {import("vitest/node").Reporter} */
export default class TestReporter {
  /** @type {Timed[]} */
  #setUps = [];
  /** When each running hook was started. @type {Map<string, number>} */
  #hooks = new Map();

  /** @param {import("vitest/node").ReportedHookContext} hook */
  onHookStart({ entity, name }) {
    this.#hooks.set(`${entity.id} ${name}`, performance.now());
  }

  /** @param {import("vitest/node").ReportedHookContext} hook */
  onHookEnd({ entity, name }) {
    const began = this.#hooks.get(`${entity.id} ${name}`);
    const module = entity.type === "module" ? entity : entity.module;
    if (began !== undefined) this.#addSetUp(module, name, performance.now() - began);
  }

  /** @param {import("vitest/node").TestModule} module */
  onTestModuleEnd(module) {
    const { prepareDuration, environmentSetupDuration, setupDuration, collectDuration } = module.diagnostic();
    this.#addSetUp(module, "loading", prepareDuration + environmentSetupDuration + setupDuration + collectDuration);
  }

  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly import("vitest/node").SerializedError[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Report} */
    const report = {
      tests: modules.flatMap((module) => [...module.children.allTests()].map(reportOf)),
      setUps: this.#setUps,
      // A file that failed to load has no tests that could fail.
      errors: [
        ...modules.flatMap((module) =>
          module.errors().map(({ message }) => `${fileOf(module)}: ${firstLine(message)}`),
        ),
        ...[...modules.flatMap((module) => [...module.children.allSuites()])].flatMap((suite) =>
          suite.errors().map(({ message }) => `${fileOf(suite.module)}: ${suite.fullName}: ${firstLine(message)}`),
        ),
        ...unhandledErrors.map(({ message }) => firstLine(message)),
      ],
    };
    const file = process.env.TEST_REPORT;
    if (file) writeFileSync(file, JSON.stringify(report, null, 1));
  }

  /** @param {import("vitest/node").TestModule} module @param {string} name @param {number} ms */
  #addSetUp(module, name, ms) {
    if (ms >= NOTICEABLE_MS) this.#setUps.push({ file: fileOf(module), name, ms: Math.round(ms) });
  }
}

/** @param {import("vitest/node").TestCase} test */
function reportOf(test) {
  const { state, errors } = test.result();
  return {
    file: fileOf(test.module),
    name: test.fullName,
    ms: Math.round(test.diagnostic()?.duration ?? 0),
    state: state === "pending" ? "skipped" : state,
    ...(errors?.length && { cause: errors.map(causeOf).join("\n") }),
  };
}

/** @param {import("vitest/node").TestModule} module */
function fileOf(module) {
  return relative(process.cwd(), module.moduleId);
}

/** @param {import("vitest/node").TestError} error */
function causeOf({ name, message, diff, stacks }) {
  const [place] = stacks ?? [];
  const at = place ? `at ${relative(process.cwd(), place.file)}:${place.line}` : "";
  return stripVTControlCharacters([`${name}: ${message}`, diff, at].filter(Boolean).join("\n"));
}

/** @param {string} message */
function firstLine(message) {
  return message.split("\n")[0] ?? "";
}
