/** Which Node.js runs Landfall: the one that npm installed beside the packages, else ours when it is new enough. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./install.mjs";

const binaries = join(root, "node_modules/.bin");
const pinned = join(binaries, "node");

/** @param {string} version @param {number} major @param {number} minor */
function isAtLeast(version, major, minor) {
  const [ours = 0, ourMinor = 0] = version.split(".").map(Number);
  return ours > major || (ours === major && ourMinor >= minor);
}

/** Can this Node.js run the install and start the other Node.js? @returns {string | undefined} what to do, if not */
export function complaintAboutNode() {
  if (isAtLeast(process.versions.node, 20, 0)) return undefined;
  return `Node.js ${process.versions.node} is too old to start Landfall: install Node.js 20 or newer, then start again.`;
}

/** The Node.js to continue with. @returns {string} */
export function findRuntime() {
  if (existsSync(pinned) && spawnSync(pinned, ["--version"]).status === 0) return pinned;
  if (isAtLeast(process.versions.node, 22, 12)) return process.execPath;
  throw new Error(
    `Landfall needs Node.js 22.12 or newer, npm brought none that runs on this system, and yours is ${process.versions.node}: install a newer Node.js, then start again.`,
  );
}

/** Is this process already running on that Node.js? */
export function isRuntime() {
  return isAtLeast(process.versions.node, 22, 12);
}

/** The environment in which child processes resolve `node` to the runtime. */
export function runtimeEnvironment(given = process.env) {
  return { ...given, PATH: [binaries, given.PATH].filter(Boolean).join(delimiter) };
}

/**
 * Runs one of our scripts on the runtime in this terminal, and exits as it exits. A Ctrl-C reaches both processes; the
 * child decides when it is done.
 * @param {string} script @param {string[]} args @param {NodeJS.ProcessEnv} [given]
 */
export function continueOnRuntime(script, args, given = process.env) {
  const child = spawn(findRuntime(), [script, ...args], { stdio: "inherit", env: runtimeEnvironment(given) });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
