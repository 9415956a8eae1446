/** Runs a program of this machine to its end. Plain Node: `npm test` needs Docker before anything is built. */
import { spawn } from "node:child_process";

/**
 * @typedef {{ exitCode: number | null, stdout: string, stderr: string }} Ended
 * @typedef {{ stdin?: string | Buffer, timeoutMs?: number, env?: NodeJS.ProcessEnv, label?: string }} CommandOptions
 * `label` names it in complaints
 */

/**
 * Resolves with the program's result, whatever its exit code; rejects only when there is no such program.
 * @param {readonly string[]} command @param {CommandOptions} [options] @returns {Promise<Ended>}
 */
export function tryCommand([name = "", ...args], { stdin = "", timeoutMs, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { env, timeout: timeoutMs, killSignal: "SIGKILL" });
    /** @type {Buffer[]} */
    const out = [];
    /** @type {Buffer[]} */
    const err = [];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (exitCode) =>
      resolve({ exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.on("error", () => {}); // it ended without reading: its exit code tells the result
    child.stdin.end(stdin);
  });
}

/**
 * The output of a program that must succeed.
 * @param {readonly string[]} command @param {CommandOptions} [options] @returns {Promise<string>}
 */
export async function runCommand(command, options = {}) {
  const { label = command.slice(0, 3).join(" ") } = options;
  return outputOf(await tryCommand(command, options), label);
}

/** Throws, with the end of its output, when it failed. @param {Ended} ended @param {string} label */
export function outputOf({ exitCode, stdout, stderr }, label) {
  if (exitCode === 0) return stdout;
  const end = `${stdout}\n${stderr}`.trim().split("\n").slice(-20).join("\n");
  throw new Error(`${label} ended with ${exitCode ?? "a signal or too late"}:\n${end}`);
}

/** @param {readonly string[]} command @param {CommandOptions} [options] @returns {Promise<boolean>} */
export async function succeeds(command, options) {
  try {
    return (await tryCommand(command, options)).exitCode === 0;
  } catch {
    return false; // there is no such program
  }
}
