#!/usr/bin/env node
/**
 * `npm test`: everything a change needs, from a bare clone. Programs are built first, and the test hosts' image
 * concurrently. Then suites run one after another, because each keeps the processors busy and a browser aborts requests
 * while Docker changes the machine's networks; only the browser and the crash tests, which both use one processor, run
 * beside each other. Ends with a table of
 * durations and one line, "N passed, N failed". Skipped suites are named, and count as failures where CI is set.
 */
import { fileURLToPath } from "node:url";
import { install, isInstalled } from "./install.mjs";
import { complaintAboutNode, continueOnRuntime, isRuntime } from "./runtime.mjs";
import { duration, say, sayFailure, step } from "./screen.mjs";

async function test() {
  const complaint = complaintAboutNode();
  if (complaint) throw new Error(complaint);
  if (!isInstalled()) await step("Packages", install);
  if (!isRuntime()) return continueOnRuntime(fileURLToPath(import.meta.url), process.argv.slice(2));
  await testEverything();
}

async function testEverything() {
  const began = performance.now();
  const { Results } = await import("./tests/suites.mjs");
  const { validate } = await import("./validate.mjs");
  const { summarize } = await import("./tests/summary.mjs");
  const results = new Results();
  const preparing = prepareServers();
  const isBuilt = await buildFirst(results);
  await validate(results);
  const servers = await preparing;
  try {
    if (!isBuilt) results.leftOut.push("all that runs programs was left out, because nothing is built");
    else await testPrograms(results, servers);
  } finally {
    await servers.stop();
  }
  summarize(results, performance.now() - began);
  process.exitCode = results.isGood ? 0 : 1;
}

/** @typedef {import("./tests/suites.mjs").Results} Results */

/** @param {Results} results @returns {Promise<boolean>} */
async function buildFirst(results) {
  const { build } = await import("./build.mjs");
  const began = performance.now();
  const errors = await step("Build", build).then(
    () => [],
    (error) => {
      sayFailure(messageOf(error));
      return [messageOf(error)];
    },
  );
  results.add({ suite: "build", ms: performance.now() - began, tests: [], setUps: [], errors });
  return errors.length === 0;
}

/** @param {Results} results @param {Servers} servers */
async function testPrograms(results, { problem }) {
  const { runVitest } = await import("./tests/suites.mjs");
  await Promise.all([runVitest(results, "crash", ["crash"]), testInBrowser(results)]);
  if (problem) return void results.leftOut.push(`the tests on real servers were left out: ${problem}`);
  // The second run reuses the hosts of the first, and removes them.
  const { LANDFALL_KEEP_HOSTS: keepFirst = "1", LANDFALL_KEEP_HOSTS: keepThen = "0" } = process.env;
  await runVitest(results, "production", ["production"], { LANDFALL_KEEP_HOSTS: keepFirst });
  await runVitest(results, "hosts", ["hosts"], { LANDFALL_KEEP_HOSTS: keepThen });
}

/** @param {Results} results */
async function testInBrowser(results) {
  const { runPlaywright } = await import("./tests/suites.mjs");
  const { ensureChromium } = await import("./find-chromium.mjs");
  const chromium = await ensureChromium();
  if (chromium) await runPlaywright(results, chromium);
  else results.leftOut.push("the e2e tests were left out: install chromium, or run npx playwright install chromium");
}

/**
 * A Docker and the image of the test hosts, prepared while everything else runs.
 * @typedef {{stop: () => Promise<void>, problem?: string}} Servers
 * @returns {Promise<Servers>}
 */
async function prepareServers() {
  const { ensureDocker } = await import("../e2e/hosts/ensure-docker.mjs");
  const { ensureImage } = await import("../e2e/hosts/ensure-image.mjs");
  const began = performance.now();
  let stop = async () => {};
  try {
    const docker = await ensureDocker();
    stop = docker.stop;
    await ensureImage((detail) => say(`Test hosts: ${detail}`));
    say(`Test hosts: their image is there after ${duration(performance.now() - began)}, Docker ${docker.version}`);
    return { stop };
  } catch (error) {
    return { stop, problem: messageOf(error) };
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

try {
  await test();
} catch (error) {
  sayFailure(messageOf(error));
  process.exitCode = 1;
}
