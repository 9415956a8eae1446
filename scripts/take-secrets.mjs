/**
 * Preloaded into the web server and the worker: their secrets come through standard input, because a process's initial
 * environment stays readable in /proc while it lives. lib/platform/env.ts reads and removes them.
 */
import { readFileSync } from "node:fs";

if (process.env.LANDFALL_SECRETS_FROM_STDIN && process.ppid === Number(process.env.LANDFALL_CONSOLE_PID)) {
  delete process.env.LANDFALL_SECRETS_FROM_STDIN;
  Object.assign(process.env, JSON.parse(readFileSync(0, "utf8")));
}
