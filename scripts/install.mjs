/** Installs node_modules as package-lock.json says. Plain Node: it runs when nothing is installed yet. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("..", import.meta.url)));
const modules = join(root, "node_modules");
const COUNT_EVERY_MS = 500;

/** npm's own codes for "the registry cannot be reached". */
const OFFLINE = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ERR_SOCKET_TIMEOUT",
];
const NO_ACCESS = ["EACCES", "EPERM", "EROFS"];

/** Are exactly the lockfile's packages installed? npm writes its own list last, so a partial install is none. */
export function isInstalled() {
  const wanted = readPackages(join(root, "package-lock.json"));
  const found = readPackages(join(modules, ".package-lock.json"));
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    return found[path] ? found[path].version === version : optional === true;
  });
}

/** @param {string} file @returns {Record<string, {version?: string, optional?: boolean, os?: string[], cpu?: string[]}> | undefined} */
function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/**
 * Installs and reports progress. Rejects with a sentence for the terminal.
 * @param {(detail: string) => void} report
 */
export async function install(report) {
  const total = countWanted();
  const timer = setInterval(() => report(`${countInstalled()} of ${total}`), COUNT_EVERY_MS);
  try {
    const { exitCode, output } = await runNpm([
      "ci",
      "--include=dev",
      "--no-audit",
      "--no-fund",
      "--json",
      "--loglevel=error",
    ]);
    if (exitCode !== 0) throw new Error(sentenceFor(errorCode(output)));
    return `${countInstalled()} installed`;
  } finally {
    clearInterval(timer);
  }
}

/** @param {string[]} args @returns {Promise<{exitCode: number | null, output: string}>} */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const [command, ...rest] = npm?.endsWith(".js") ? [process.execPath, npm, ...args] : ["npm", ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(command ?? "npm", rest, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", () =>
      reject(new Error("npm was not found: install Node.js together with npm, then start again.")),
    );
    child.once("close", (exitCode) => resolve({ exitCode, output }));
  });
}

/** @param {string} output @returns {string} */
function errorCode(output) {
  try {
    return JSON.parse(output.slice(output.indexOf("{"))).error?.code ?? "";
  } catch {
    return ""; // npm was ended before it could answer
  }
}

/** @param {string} code */
function sentenceFor(code) {
  if (OFFLINE.includes(code)) {
    return "The packages could not be fetched because npm's registry cannot be reached: connect this machine to the network (or point npm at a mirror), then start again.";
  }
  if (NO_ACCESS.includes(code))
    return `The packages could not be installed because ${modules} cannot be written: give your user that folder, then start again.`;
  if (code === "EUSAGE")
    return "package-lock.json does not fit package.json: take both from the same version of the repository, then start again.";
  if (code === "ENOSPC")
    return "The packages could not be installed because the disk is full: free about 1 GB, then start again.";
  return `The packages could not be installed (npm says ${code || "nothing more"}): run "npm ci" to see why, then start again.`;
}

/** The top-level packages of this platform; some have nested ones. */
function countWanted() {
  const packages = Object.entries(readPackages(join(root, "package-lock.json")) ?? {});
  const fits = (/** @type {string[] | undefined} */ allowed, /** @type {string} */ ours) =>
    !allowed || allowed.includes(ours);
  return packages.filter(
    ([path, { os, cpu }]) =>
      /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && fits(os, process.platform) && fits(cpu, process.arch),
  ).length;
}

function countInstalled() {
  if (!existsSync(modules)) return 0;
  return readdirSync(modules)
    .flatMap(inScope)
    .filter((name) => existsSync(join(modules, name, "package.json"))).length;
}

/** @param {string} name @returns {string[]} */
function inScope(name) {
  return name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name];
}
