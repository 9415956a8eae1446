#!/usr/bin/env node
/**
 * Runs a program of ours from a clone, also a fresh one: `node scripts/program.mjs backup …`. Plain Node.js 20, as `npm
 * start`; installs missing packages and runs the program on the pinned runtime.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { install, isInstalled } from "./install.mjs";
import { complaintAboutNode, continueOnRuntime, isRuntime } from "./runtime.mjs";
import { sayFailure, step } from "./screen.mjs";

async function run() {
  const complaint = complaintAboutNode();
  if (complaint) throw new Error(complaint);
  if (!isInstalled()) await step("Packages", install);
  if (!isRuntime()) return continueOnRuntime(fileURLToPath(import.meta.url), process.argv.slice(2));
  const { generateClient } = await import("./build.mjs");
  await generateClient(() => {});
  const { bundle } = await import("./bundle.mjs");
  const { stop } = await import("esbuild");
  const [name = ""] = process.argv.splice(2, 1);
  const file = await bundle(name);
  await stop(); // the bundler's own process would live as long as this one
  await import(pathToFileURL(file).href);
}

try {
  await run();
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
