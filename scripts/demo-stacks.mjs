#!/usr/bin/env node
/**
 * `npm run demo:stacks`: a console with a stand-in for a Dokploy server, to try stacks on one machine with nothing but
 * Node.js. Both lose all data when they end. With the word `server` only the stand-in runs.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install, isInstalled, root } from "./install.mjs";
import { checkSurroundings } from "./preflight.mjs";
import { complaintAboutNode, continueOnRuntime, isRuntime } from "./runtime.mjs";
import { bold, say, sayFailure, step } from "./screen.mjs";

/** Long enough to watch the phases. */
const PULL_MS = 2_000;
/** Set for the second half, which must not print and check everything again. */
const CONTINUED = "LANDFALL_CONTINUED";
/** Settings of a normal start; an empty value counts as not set. */
const NOT_OURS = ["DATABASE_URL", "LANDFALL_SECRET_KEY", "NEXTAUTH_URL", "SERVER_HOST", "REGISTRY_URL"];

async function start() {
  const args = process.argv.slice(2);
  if (!process.env[CONTINUED]) await begin(args);
  if (!isRuntime()) {
    process.env[CONTINUED] = "1";
    return continueOnRuntime(fileURLToPath(import.meta.url), args);
  }
  return args[0] === "server" ? serveAlone() : demonstrate();
}

/** @param {string[]} args */
async function begin(args) {
  const complaint = complaintAboutNode();
  if (complaint) throw new Error(complaint);
  say();
  say(bold("Landfall, with a stand-in for a Dokploy server"));
  say();
  if (args[0] !== "server") {
    process.env.LANDFALL_DATA_DIR = mkdtempSync(join(tmpdir(), "landfall-demo-stacks-"));
    process.once("exit", forget);
    await checkSurroundings();
  }
  if (!isInstalled()) await step("Packages", install);
}

/** The output of a failed start is kept for inspection. */
function forget() {
  if (!process.exitCode) rmSync(process.env.LANDFALL_DATA_DIR ?? "", { recursive: true, force: true });
}

async function demonstrate() {
  const { build, buildConsole } = await import("./build.mjs");
  const dokploy = await startServer();
  for (const name of NOT_OURS) process.env[name] = "";
  Object.assign(process.env, settingsFor(dokploy));
  const { runConsole } = await import(pathToFileURL(await buildConsole()).href);
  await runConsole({
    ...{ root, dataDirectory: process.env.LANDFALL_DATA_DIR, development: false, build },
    hint: [
      "1. Sign in, and open Stacks → New stack.",
      "2. Type a name, press the button, and follow the nine phases.",
      "3. Open the link: the page comes from a small program that stands for the image.",
      "Ctrl-C ends both, and they forget everything.",
    ],
  });
}

/** @param {{url: string, apiKey: string, httpPort: number, httpsPort: number}} dokploy */
function settingsFor({ url, apiKey, httpPort, httpsPort }) {
  return {
    LANDFALL_DEMO: "0",
    DOKPLOY_URL: url,
    DOKPLOY_API_TOKEN: apiKey,
    DOKPLOY_HTTP_PORT: String(httpPort),
    DOKPLOY_HTTPS_PORT: String(httpsPort),
    STACK_IMAGE: "workspace:1.0",
    STACK_PORT: "8080",
    STACK_DOMAIN_SUFFIX: "localhost",
    STACK_HTTPS: "0",
    HEALTH_INTERVAL_MS: "1000",
    STACK_STABILITY_MS: "3000",
  };
}

async function startServer() {
  const { bundle } = await import("./bundle.mjs");
  const file = await bundle("dokploy-stand-in");
  const { startDokploy } = await import(pathToFileURL(file).href);
  return startDokploy({ pullMs: PULL_MS });
}

async function serveAlone() {
  const dokploy = await startServer();
  const { stop } = await import("esbuild");
  await stop();
  say(`Server   ${bold(dokploy.url)}`);
  say(`API key  ${bold(dokploy.apiKey)}`);
  say(`Domains  ${bold(`http://<host>:${dokploy.httpPort}`)} and https at port ${dokploy.httpsPort}`);
  say();
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.once(signal, () => dokploy.close().then(() => process.exit()));
}

try {
  await start();
} catch (error) {
  sayFailure(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
