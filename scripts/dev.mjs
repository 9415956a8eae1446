#!/usr/bin/env node
/** `npm run dev`: the console with a web server that compiles on changes, and a worker that is rebuilt with lib/. */
import { watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install, isInstalled, root } from "./install.mjs";
import { checkSurroundings, dataDirectory, loadSettingsFile } from "./preflight.mjs";
import { continueOnRuntime, isRuntime } from "./runtime.mjs";
import { say, sayFailure, step } from "./screen.mjs";

const SETTLE_MS = 150;

async function develop() {
  if (!isInstalled()) await step("Packages", install);
  if (!isRuntime()) return continueOnRuntime(fileURLToPath(import.meta.url), []);
  loadSettingsFile();
  await checkSurroundings();
  const { buildConsole, buildForDevelopment } = await import("./build.mjs");
  const { runConsole } = await import(pathToFileURL(await buildConsole()).href);
  await followSources();
  await runConsole({ root, dataDirectory: dataDirectory(), development: true, build: buildForDevelopment });
}

/** `node --watch` restarts the worker when its program has been rebuilt. */
async function followSources() {
  const { bundle } = await import("./bundle.mjs");
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  watch(join(root, "lib"), { recursive: true }, (_, file) => {
    if (!file?.endsWith(".ts") || file.endsWith(".test.ts")) return;
    clearTimeout(timer);
    timer = setTimeout(() => bundle("worker").catch((/** @type {Error} */ error) => say(error.message)), SETTLE_MS);
  });
}

try {
  await develop();
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
