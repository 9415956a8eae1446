#!/usr/bin/env node
/**
 * `npm run test:endurance`: tests that take too long for every change, run before a version: random kills by the
 * hundred, long load, long-lived streams. docs/testing.md keeps the last result.
 */
import { build } from "../build.mjs";
import { step } from "../screen.mjs";
import { Results, runVitest } from "./suites.mjs";
import { summarize } from "./summary.mjs";

const began = performance.now();
const results = new Results();
await step("Build", build);
await runVitest(results, "endurance", ["endurance"]);
summarize(results, performance.now() - began);
process.exitCode = results.isGood ? 0 : 1;
