/** Makes everything that runs: the Prisma client, the web server, the worker. Nothing is made again that is fresh. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, PROGRAMS } from "./bundle.mjs";
import { root } from "./install.mjs";
import { runtimeEnvironment } from "./runtime.mjs";

const stamp = join(root, "dist/build.sha256");
const clientStamp = join(root, "lib/db/generated/schema.sha256");
const log = join(root, "dist/build.log");

/** What the build reads; tests, examples and documents are not in it. */
const FOLDERS = ["app", "components", "lib", "prisma", "public", "scripts"];
const FILES = ["package-lock.json", "tsconfig.json", "next.config.mjs", "postcss.config.mjs", "proxy.ts", "instrumentation.ts", "prisma.config.ts"];
const NOT_READ = /(^|\/)generated\/|\.test\.tsx?$/;

/**
 * Builds what has changed since the last time.
 * @param {(detail: string) => void} report @param {AbortSignal} [signal] @returns {Promise<string>}
 */
export async function build(report, signal) {
  const inputs = digestOf([...FOLDERS.flatMap(filesIn), ...FILES]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return "nothing has changed";
  mkdirSync(join(root, "dist"), { recursive: true });
  rmSync(stamp, { force: true });
  await generateClient(report, signal);
  report("worker");
  await Promise.all(Object.keys(PROGRAMS).map((name) => bundle(name)));
  await buildWeb(report, signal);
  writeFileSync(stamp, inputs);
  return "web and worker";
}

/**
 * The Prisma client alone, which types and tests need as well.
 * @param {(detail: string) => void} report @param {AbortSignal} [signal]
 */
export async function generateClient(report, signal) {
  const inputs = digestOf(["prisma/schema.prisma", "package-lock.json"]);
  if (existsSync(clientStamp) && readFileSync(clientStamp, "utf8") === inputs) return;
  report("database client");
  // The generator needs no engine; naming any program keeps the CLI from downloading one.
  await runTool("prisma", ["generate"], { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", CHECKPOINT_DISABLE: "1" }, { report, signal });
  writeFileSync(clientStamp, inputs);
}

/** @param {(detail: string) => void} report @param {AbortSignal} [signal] */
async function buildWeb(report, signal) {
  report("web");
  await runTool("next", ["build"], { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" }, { report: (line) => report(`web: ${line}`), signal });
  // Next leaves these out of the standalone server, for those who serve them from elsewhere.
  const standalone = join(root, ".next/standalone");
  cpSync(join(root, ".next/static"), join(standalone, ".next/static"), { recursive: true });
  if (existsSync(join(root, "public"))) cpSync(join(root, "public"), join(standalone, "public"), { recursive: true });
}

/**
 * Runs a tool of ours; everything it says goes to dist/build.log, its newest line to `report`.
 * @param {string} name @param {string[]} args @param {Record<string, string>} env
 * @param {{report: (line: string) => void, signal?: AbortSignal}} options
 * @returns {Promise<void>}
 */
function runTool(name, args, env, { report, signal }) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin", name), args, { cwd: root, env: { ...runtimeEnvironment(), ...env }, signal });
    let said = "";
    const take = (/** @type {Buffer} */ chunk) => {
      said += chunk;
      report(lastLine(said));
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code, killedBy) => {
      mkdirSync(join(root, "dist"), { recursive: true });
      writeFileSync(log, said);
      code === 0 ? resolve() : reject(new Error(failure(name, killedBy, said)));
    });
  });
}

/** @param {string} name @param {NodeJS.Signals | null} signal @param {string} said */
function failure(name, signal, said) {
  if (signal === "SIGKILL") return `The build (${name}) was ended by the system, most likely for want of memory: free about 2 GB, then start again.`;
  return `The build (${name}) failed; what it said is in ${log}, and ended with: ${lastLine(said)}`;
}

/** @param {string} text */
function lastLine(text) {
  const plain = text.replaceAll(/\x1b\[[0-9;]*m/g, "");
  return plain.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  return files.filter((file) => !NOT_READ.test(file)).sort();
}

/** @param {string[]} files */
function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files.filter((name) => existsSync(join(root, name)))) hash.update(`${file}\0`).update(readFileSync(join(root, file))).update("\0");
  return hash.digest("hex");
}
