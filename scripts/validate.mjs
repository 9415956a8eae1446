#!/usr/bin/env node
/** `npm run validate`: types, lint, unit and database tests; the inner loop, and the first half of `npm test`. */
import { fileURLToPath } from "node:url";
import { generateClient } from "./build.mjs";
import { check, runVitest, Tally } from "./checks.mjs";
import { say } from "./screen.mjs";

/** @param {Tally} tally */
export async function validate(tally) {
  await generateClient(() => {});
  await check(tally, "Route types", ["next", "typegen"]);
  await check(tally, "Types", ["tsc", "--noEmit"]);
  await check(tally, "Lint", ["biome", "check", "--diagnostic-level=warn", "--error-on-warnings"]);
  await runVitest(tally, "unit and database", ["unit", "db"]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tally = new Tally();
  say();
  await validate(tally);
  process.exitCode = tally.isGood ? 0 : 1;
}
