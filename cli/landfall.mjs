#!/usr/bin/env node
/** `npx landfall` in a clone: runs the built program, and builds it first where there is none. Plain Node.js 20. */
import { existsSync } from "node:fs";

const built = new URL("../dist/cli.mjs", import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.argv.splice(2, 0, "cli");
  await import("../scripts/program.mjs");
}
