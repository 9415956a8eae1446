/** A Docker for the test hosts: a running one, else one that is installed and started here if permitted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand, succeeds } from "./run-command.mjs";

const LOG_FILE = "/var/log/dockerd-for-tests.log";
const START_WITHIN_MS = 60_000;
const INSTALL_WITHIN_MS = 10 * 60_000;

/**
 * @typedef {{ version: string, stop: () => Promise<void> }} Docker `stop` ends what was started here, and nothing else
 * @returns {Promise<Docker>} rejects with what the reader can do when no Docker is possible
 */
export async function ensureDocker() {
  const version = await askVersion();
  if (version) return { version, stop: async () => undefined };
  if (process.getuid?.() !== 0) throw new Error("start Docker and add your user to its group, or be root on Debian");
  if (!(await succeeds(["dockerd", "--version"]))) await installPackages(["docker.io", "iptables"]);
  return startDocker();
}

/**
 * As root on Debian and its like; rejects elsewhere.
 * @param {string[]} names
 */
export async function installPackages(names) {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error(`install ${names.join(" and ")}, or be root on Debian`);
  const options = { timeoutMs: INSTALL_WITHIN_MS, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  await runCommand(["apt-get", "update"], options);
  await runCommand(["apt-get", "install", "--yes", "--no-install-recommends", ...names], options);
}

/** @returns {Promise<string | undefined>} undefined when no daemon answers */
async function askVersion() {
  const question = ["docker", "version", "--format", "{{.Server.Version}}"];
  if (!(await succeeds(question, { timeoutMs: 10_000 }))) return undefined;
  return (await runCommand(question)).trim();
}

/** @returns {Promise<Docker>} */
async function startDocker() {
  const hasSystemd = existsSync("/run/systemd/system");
  if (hasSystemd) await runCommand(["systemctl", "start", "docker.service"]);
  const daemon = hasSystemd ? undefined : startDaemon();
  // Hosts that are kept running also need their Docker.
  const stop = () => (process.env.LANDFALL_KEEP_HOSTS === "1" ? Promise.resolve() : endDaemon(daemon));
  for (const until = Date.now() + START_WITHIN_MS; Date.now() < until; await sleep(200)) {
    const version = await askVersion();
    if (version) return { version, stop };
  }
  await endDaemon(daemon);
  throw new Error(`Docker did not start: ${hasSystemd ? "journalctl -u docker" : LOG_FILE} says why`);
}

/** In a session of its own: a Ctrl-C is for the tests, which remove the hosts before Docker ends. */
function startDaemon() {
  mkdirSync("/var/log", { recursive: true });
  const log = openSync(LOG_FILE, "a");
  const child = spawn("dockerd", [], { detached: true, stdio: ["ignore", log, log] });
  child.once("error", () => {}); // the caller notices that no daemon answers
  child.unref();
  return child;
}

/** @param {import("node:child_process").ChildProcess | undefined} daemon */
async function endDaemon(daemon) {
  if (!daemon?.pid || daemon.exitCode !== null || daemon.signalCode !== null) return;
  daemon.ref();
  daemon.kill("SIGTERM");
  await once(daemon, "exit");
}
