/**
 * Preloaded into the web server and the worker: their secrets come through standard input, because whatever a process is
 * started with stays readable in /proc for as long as it lives. lib/platform/env.ts reads them, and takes them out again.
 */
import { readFileSync } from "node:fs";

if (process.env.LANDFALL_SECRETS_FROM_STDIN && process.ppid === Number(process.env.LANDFALL_CONSOLE_PID)) {
  delete process.env.LANDFALL_SECRETS_FROM_STDIN;
  Object.assign(process.env, JSON.parse(readFileSync(0, "utf8")));
}
