#!/usr/bin/env node
/**
 * `npm start`: from a bare clone to a running console. This part is plain Node.js 20 without packages; it checks,
 * installs, and continues as dist/console.mjs (scripts/console/main.ts) on the pinned runtime.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { install, isInstalled, root } from "./install.mjs";
import { checkSurroundings, dataDirectory, loadSettingsFile } from "./preflight.mjs";
import { complaintAboutNode, continueOnRuntime, isRuntime } from "./runtime.mjs";
import { bold, say, sayFailure, step } from "./screen.mjs";

/** Set for the second half, which must not print and check everything again. */
const CONTINUED = "LANDFALL_CONTINUED";

async function start() {
  const given = { ...process.env }; // without the contents of .env: a process's environment can be read in /proc
  if (!process.env[CONTINUED]) await begin();
  if (!isRuntime()) {
    return continueOnRuntime(fileURLToPath(import.meta.url), process.argv.slice(2), { ...given, [CONTINUED]: "1" });
  }
  loadSettingsFile();
  const { build, buildConsole } = await import("./build.mjs");
  const { runConsole } = await import(pathToFileURL(await buildConsole()).href);
  await runConsole({ root, dataDirectory: dataDirectory(), development: false, build });
}

async function begin() {
  const complaint = complaintAboutNode();
  if (complaint) throw new Error(complaint);
  say();
  say(bold("Landfall"));
  say();
  loadSettingsFile();
  await checkSurroundings();
  if (!isInstalled()) await step("Packages", install);
}

try {
  await start();
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
