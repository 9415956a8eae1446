/** Builds everything that runs: the Prisma client, the web server, the worker. A fresh part is not built again. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { stop } from "esbuild";
import { bundle, PROGRAMS } from "./bundle.mjs";
import { root } from "./install.mjs";
import { runtimeEnvironment } from "./runtime.mjs";
import { step } from "./screen.mjs";
import { withSparseParams } from "./sparse-params.mjs";

const log = join(root, "dist/build.log");

/** The sources of each part; tests, examples and documents belong to none. */
const COMMON = ["package-lock.json", "tsconfig.json"];
const CLIENT_SOURCES = ["prisma/schema.prisma", "package-lock.json", "scripts/sparse-params.mjs"];
const PROGRAM_SOURCES = [...COMMON, "package.json", "cli", "lib", "scripts"];
const WEB_SOURCES = [
  ...[...COMMON, "next.config.mjs", "postcss.config.mjs", "proxy.ts", "instrumentation.ts"],
  ...["app", "components", "lib", "prisma", "public", "scripts/sparse-params.mjs"],
];
const NOT_READ = /(^|\/)generated\/|\.test\.tsx?$/;

/**
 * Builds the parts whose sources have changed since the last build.
 * @param {(detail: string) => void} report @param {AbortSignal} [signal] @returns {Promise<string>}
 */
export async function build(report, signal) {
  await generateClient(report, signal);
  const programs = await buildProgramsUnlessFresh(report);
  const web = await unlessFresh("web", WEB_SOURCES, () => buildWeb(report, signal));
  const made = [programs && "worker", web && "web"].filter(Boolean);
  return made.length > 0 ? made.join(" and ") : "nothing has changed";
}

/** Builds the other programs. @param {(detail: string) => void} [report] @returns {Promise<boolean>} whether it was needed */
export function buildProgramsUnlessFresh(report = () => {}) {
  return unlessFresh("programs", PROGRAM_SOURCES, () => buildPrograms(report));
}

/**
 * Builds what `next dev` does not.
 * @param {(detail: string) => void} report @param {AbortSignal} [signal] @returns {Promise<string>}
 */
export async function buildForDevelopment(report, signal) {
  await generateClient(report, signal);
  await buildPrograms(report);
  return "worker";
}

/**
 * Generates the Prisma client alone, which types and tests need too.
 * @param {(detail: string) => void} report @param {AbortSignal} [signal]
 */
export async function generateClient(report, signal) {
  const isThere = existsSync(join(root, "lib/platform/db/generated/client.ts"));
  if (!isThere) rmSync(stampOf("client"), { force: true });
  await unlessFresh("client", CLIENT_SOURCES, async () => {
    report("database client");
    // The generator needs no engine; naming any program keeps the CLI from downloading one.
    const env = { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", CHECKPOINT_DISABLE: "1" };
    await runTool("prisma", ["generate"], env, { signal });
    const generated = join(root, "lib/platform/db/generated/internal/class.ts");
    writeFileSync(generated, withSparseParams(readFileSync(generated, "utf8")));
  });
}

/** @param {string} name */
function stampOf(name) {
  return join(root, "dist", `${name}.sha256`);
}

/**
 * @param {string} name @param {string[]} sources files and folders @param {() => Promise<void>} make
 * @returns {Promise<boolean>} whether a build was needed
 */
async function unlessFresh(name, sources, make) {
  const digest = digestOf(sources.flatMap(filesIn));
  const stamp = stampOf(name);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  rmSync(stamp, { force: true });
  await make();
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}

/** @param {(detail: string) => void} report */
async function buildPrograms(report) {
  report("worker");
  await makePrograms(Object.keys(PROGRAMS));
}

/** The program that continues this start; built every time, which takes less than checking whether it is fresh. */
export async function buildConsole() {
  const [file] = await makePrograms(["console"]);
  return file;
}

/** @param {string[]} names */
async function makePrograms(names) {
  try {
    return await Promise.all(names.map((name) => bundle(name)));
  } finally {
    await stop(); // the bundler's own process would live as long as this one
  }
}

/** @param {(detail: string) => void} report @param {AbortSignal} [signal] */
async function buildWeb(report, signal) {
  report("web");
  await runTool(
    "next",
    ["build"],
    { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
    { report: (line) => report(`web: ${line}`), signal },
  );
  // Next leaves these out of the standalone server, for installations that serve them from elsewhere.
  const standalone = join(root, ".next/standalone");
  cpSync(join(root, ".next/static"), join(standalone, ".next/static"), { recursive: true });
  if (existsSync(join(root, "public"))) cpSync(join(root, "public"), join(standalone, "public"), { recursive: true });
}

/**
 * Runs a tool of ours; its output goes to dist/build.log, its newest line to `report`.
 * @param {string} name @param {string[]} args @param {Record<string, string>} env
 * @param {{report?: (line: string) => void, signal?: AbortSignal}} options
 * @returns {Promise<void>}
 */
function runTool(name, args, env, { report = () => {}, signal }) {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin", name), args, {
      cwd: root,
      env: { ...runtimeEnvironment(), ...env },
      signal,
    });
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
  if (signal === "SIGKILL")
    return `The build (${name}) was ended by the system, most likely for want of memory: free about 2 GB, then start again.`;
  return `The build (${name}) failed; what it said is in ${log}, and ended with: ${lastLine(said)}`;
}

/** @param {string} text */
function lastLine(text) {
  return stripVTControlCharacters(text).trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** @param {string} path a file, a folder, or nothing @returns {string[]} */
function filesIn(path) {
  const place = statSync(join(root, path), { throwIfNoEntry: false });
  if (!place?.isDirectory()) return place ? [path] : [];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return files.filter((file) => !NOT_READ.test(file)).sort();
}

/** @param {string[]} files */
function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0${readFileSync(join(root, file), "base64")}\0`);
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await step("Build", build);
