#!/usr/bin/env node
/**
 * `npm test`: everything, from a bare clone. Ends with one line, "N passed, N failed", and says what it left out, which
 * counts as a failure where CI is set.
 */
import { fileURLToPath } from "node:url";
import { install, isInstalled } from "./install.mjs";
import { complaintAboutNode, continueOnRuntime, isRuntime } from "./runtime.mjs";
import { red, say, sayFailure, step } from "./screen.mjs";

async function test() {
  const complaint = complaintAboutNode();
  if (complaint) throw new Error(complaint);
  if (!isInstalled()) await step("Packages", install);
  if (!isRuntime()) return continueOnRuntime(fileURLToPath(import.meta.url), process.argv.slice(2));
  await testEverything();
}

async function testEverything() {
  const { runPlaywright, runVitest, Tally } = await import("./checks.mjs");
  const { ensureChromium } = await import("./find-chromium.mjs");
  const { validate } = await import("./validate.mjs");
  const { build } = await import("./build.mjs");
  const tally = new Tally();
  const chromium = await step("Browser", ensureChromium, (found) => found ?? "none could be installed");
  await validate(tally);
  if (await builds(tally, build)) {
    await runVitest(tally, "crash", ["crash"]);
    await testOnHosts(tally, runVitest);
    if (chromium) await runPlaywright(tally, chromium);
    else tally.leftOut.push("the e2e tests were left out: install chromium, or run npx playwright install chromium");
  }
  report(tally);
}

/** @param {import("./checks.mjs").Tally} tally @param {(report: (detail: string) => void) => Promise<string>} build */
async function builds(tally, build) {
  try {
    await step("Build", build);
    return true;
  } catch (error) {
    sayFailure(error instanceof Error ? error.message : String(error));
    tally.failed += 1;
    tally.failures.push("Build");
    tally.leftOut.push("the crash, hosts and e2e tests were left out, because there is nothing to run them on");
    return false;
  }
}

/** @param {import("./checks.mjs").Tally} tally @param {typeof import("./checks.mjs").runVitest} runVitest */
async function testOnHosts(tally, runVitest) {
  const { ensureDocker } = await import("../e2e/hosts/ensure-docker.mjs");
  const { ensureImage } = await import("../e2e/hosts/ensure-image.mjs");
  let docker;
  try {
    docker = await step("Docker", ensureDocker, ({ version }) => version);
    await step("Server image", ensureImage);
  } catch (error) {
    tally.leftOut.push(`the tests on real servers were left out: ${error instanceof Error ? error.message : error}`);
    return docker?.stop();
  }
  await runVitest(tally, "hosts", ["hosts"]);
  await runVitest(tally, "production", ["production"]);
  await docker.stop();
}

/** @param {import("./checks.mjs").Tally} tally */
function report(tally) {
  say();
  for (const sentence of tally.leftOut) say(`Left out: ${sentence}.`);
  for (const test of tally.shaky) say(`Passed at the second attempt: ${test}`);
  for (const failure of tally.failures) say(`${red("✗")} ${failure}`);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
  process.exitCode = tally.isGood ? 0 : 1;
}

try {
  await test();
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
