#!/usr/bin/env node
/** `npm run validate`: types, lint, unit and database tests; the inner loop, and the first part of `npm test`. */
import { fileURLToPath } from "node:url";
import { buildProgramsUnlessFresh, generateClient } from "./build.mjs";
import { say } from "./screen.mjs";
import { check, Results, runVitest } from "./tests/suites.mjs";
import { summarize } from "./tests/summary.mjs";

/** @param {Results} results */
export async function validate(results) {
  await generateClient(() => {});
  await check(results, "route types", ["next", "typegen"]);
  await check(results, "types", ["tsc", "--noEmit"]);
  await check(results, "lint", ["biome", "check", "--diagnostic-level=warn", "--error-on-warnings"]);
  await buildProgramsUnlessFresh();
  // Concurrently: while files of one suite wait for processes, the other uses the processors.
  await Promise.all([runVitest(results, "unit", ["unit"]), runVitest(results, "database", ["db"])]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const began = performance.now();
  const results = new Results();
  say();
  await validate(results);
  summarize(results, performance.now() - began);
  process.exitCode = results.isGood ? 0 : 1;
}
