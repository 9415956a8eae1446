/**
 * `npm run rotate-key`: a new key for everything encrypted, while the console and deployments run (docs/rotation.md).
 * Where the keys are in a file that it may replace, it does everything; where they are set from outside, it re-encrypts
 * under the first key and prints what to do next. Prints counts and never a key.
 */
import { existsSync } from "node:fs";
import { canWriteKeyFile } from "@/lib/domain/rotation/key-file";
import { permitBinding } from "@/lib/domain/rotation/reseal";
import { type Rotation, type RotationStep, resealUnderFirst, rotateKeyFile } from "@/lib/domain/rotation/rotate-key";
import { chooseSealFormat } from "@/lib/platform/announce-process";
import { secretKeyFile } from "@/lib/platform/env";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { findEmbeddedDatabase } from "./console/find-database";
import { sentenceOf } from "./console/run-helper";
import { secretKeyFileIn } from "./console/secret-key";
import { dataDirectory, loadSettingsFile } from "./preflight.mjs";
import { say, sayFailure } from "./screen.mjs";

const STEPS: Record<RotationStep, string> = {
  read: "The new key is added; waiting until every process has it.",
  first: "The new key seals from now on; waiting until every process knows.",
  reseal: "Sealing everything anew.",
  settle: "Waiting half a minute for changes that were under way.",
  drop: "The older keys are dropped.",
};
const onStep = (step: RotationStep) => say(STEPS[step]);

try {
  say();
  await prepare();
  process.exitCode = tell(await rotate());
} catch (error) {
  sayFailure(sentenceOf(error));
  process.exitCode = 1;
}
process.exit();

/** Reads the console's own settings: from the environment, `.env`, and its data directory. */
async function prepare(): Promise<void> {
  loadSettingsFile();
  process.env.LANDFALL_LOG_LEVEL ||= "warn";
  const kept = secretKeyFileIn(dataDirectory());
  if (!process.env.LANDFALL_SECRET_KEY && !process.env.LANDFALL_SECRET_KEY_FILE && existsSync(kept))
    process.env.LANDFALL_SECRET_KEY_FILE = kept;
  if (!process.env.DATABASE_URL && !process.env.DATABASE_URL_FILE)
    process.env.DATABASE_URL = await findEmbeddedDatabase(dataDirectory());
}

async function rotate(): Promise<Rotation> {
  // For a database that an older version still wrote to after the upgrade.
  if (process.argv.includes("--older")) await permitBinding();
  await chooseSealFormat();
  const file = secretKeyFile();
  if (file !== undefined && (await canWriteKeyFile(file))) return rotateKeyFile(file, { onStep });
  if (keyRing().length === 1)
    say("There is one key. To replace it, give LANDFALL_SECRET_KEY the new one behind it first: docs/rotation.md.");
  return resealUnderFirst({ onStep });
}

function tell(rotation: Rotation): 0 | 1 {
  say();
  if (rotation.outcome === "behind") {
    sayFailure(
      "These processes did not take the new key up within 30 seconds. Everything is readable; nothing is lost:",
    );
    for (const { role, host, pid } of rotation.processes) say(`  ${role} on ${host} (process ${pid})`);
    say("Restart them with the keys that the others have, then run this again.");
    return 1;
  }
  for (const { table, resealed, unreadable } of rotation.counts)
    say(`${table.padEnd(22)} ${resealed} sealed anew${unreadable > 0 ? `, ${unreadable} that no key opens` : ""}`);
  say();
  if (keyRing().length > 1)
    say("Everything is under the first key. Remove the others from LANDFALL_SECRET_KEY and restart.");
  else say("Everything is under one key. Take a copy of it: a backup without it cannot be read.");
  return 0;
}
