/*
 * `npm run deploy:staging`, `deploy:production`, `deploy:rollback`: Landfall's own update, on the operator's machine or on
 * the server. The phases are lib/self's, walked by the same pipeline as any service's.
 */
import { constants, setPriority } from "node:os";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { createMask } from "@/lib/platform/secrets/mask";
import { Secret } from "@/lib/platform/secrets/secret";
import { withPresentKeys } from "@/lib/self/environment-file";
import { Installation } from "@/lib/self/installation";
import { findRelease, readPresentFiles } from "@/lib/self/release-files";
import { DEPLOY_PHASES, ROLLBACK_PHASES } from "@/lib/self/update-phases";
import { type Interruption, watchInterruption } from "../console/interruption";
import { bold, dim, say, sayFailure } from "../screen.mjs";
import { type Arguments, readArguments } from "./arguments";
import { Clone } from "./clone";
import { confirm } from "./confirm";
import { acquireLock } from "./lock";
import { openServer } from "./open-server";
import { type Facts, runUpdate } from "./run-update";
import { secretsIn, takeServer } from "./settings";
import { showReleases } from "./show-releases";
import { TerminalJournal } from "./terminal-journal";

async function main(interruption: Interruption): Promise<boolean> {
  // Compressing an image uses every core, and this machine may be the server.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const asked = readArguments(process.argv.slice(2));
  const clone = new Clone(process.cwd(), asked.environment, buildArguments());
  const settings = await clone.settings();
  takeServer(settings, asked.host);
  const host = await openServer();
  try {
    const installation = new Installation(host, asked.environment);
    if (asked.kind === "rollback" && asked.timestamp === undefined) {
      await showReleases(installation, interruption.signal);
      return true;
    }
    return await update(asked, { host, installation, clone, settings, interruption });
  } finally {
    await host.close();
  }
}

interface Ground {
  host: Host;
  installation: Installation;
  clone: Clone;
  settings: string;
  interruption: Interruption;
}

async function update(asked: Arguments, ground: Ground): Promise<boolean> {
  const { host, installation, clone, settings, interruption } = ground;
  const phases = asked.kind === "deploy" ? DEPLOY_PHASES : ROLLBACK_PHASES;
  const whole = await wanted(asked, ground);
  const journal = new TerminalJournal(
    phases,
    createMask([settings, whole.files.environment].flatMap(secretsIn).map((value) => new Secret(value))),
  );
  const notes: string[] = [];
  const facts: Facts = {
    kind: asked.kind,
    healthTimeoutMs: asked.healthTimeoutMs,
    host,
    installation,
    ...whole,
    clone: {
      root: clone.root,
      buildArguments: clone.buildArguments,
      complaints: async () => (asked.kind === "deploy" ? clone.complaints() : []),
    },
    confirm: (question, lines) => confirm(question, lines, { yes: asked.yes, signal: interruption.signal }),
    note: (sentence) => void notes.push(sentence),
  };
  say(bold(`Landfall ${asked.environment} on ${host.label}`));
  say();
  const unlock = await acquireLock(installation);
  try {
    const outcome = await runUpdate(phases, { facts, journal, interruption });
    return outcome === "succeeded" ? tell(facts, journal, notes) : await tellFailure(outcome, facts, journal);
  } finally {
    await unlock();
  }
}

/** The release to install: a new one from the clone, or an older one with the current keys and database sign-ins. */
async function wanted({ kind, timestamp = "" }: Arguments, { clone, installation }: Ground) {
  if (kind === "deploy") return { release: await clone.release(new Date()), files: await clone.files() };
  const [found, present] = await Promise.all([findRelease(installation, timestamp), readPresentFiles(installation)]);
  if (!found)
    throw new Problem("cannot-update", {
      detail: `There is no release ${timestamp} to go back to; npm run deploy:rollback lists those there are.`,
    });
  if (!present) return found;
  const environment = withPresentKeys(found.files.environment, present.environment);
  return { release: found.release, files: { ...found.files, environment } };
}

function tell({ release, files }: Facts, journal: TerminalJournal, notes: readonly string[]): true {
  const domain = /^\s*LANDFALL_DOMAIN=(\S+)/m.exec(files.environment)?.[1];
  say();
  say(`Landfall ${release.version} serves${domain ? ` at ${bold(`https://${domain}`)}` : ""}`);
  for (const sentence of [...journal.warnings.map((warning) => `Warning: ${warning}`), ...notes]) say(dim(sentence));
  say();
  return true;
}

async function tellFailure(outcome: "undone" | "stuck", { installation }: Facts, journal: TerminalJournal) {
  const present = await installation.present(AbortSignal.timeout(10_000)).catch(() => null);
  const serves = present?.isServing ? `Landfall ${present.release.version} serves as before.` : "Nothing is installed.";
  const after =
    outcome === "undone" ? serves : `Not everything could be taken back:\n${journal.undoFailures.join("\n")}`;
  sayFailure(`${journal.cause ? journal.sentence(journal.cause) : "It failed."}\n${after}`);
  return false;
}

/** Base images other than the defaults: NODE_IMAGE=… npm run deploy:production. */
function buildArguments(): Record<string, string> {
  const { NODE_IMAGE } = process.env;
  return NODE_IMAGE ? { NODE_IMAGE } : {};
}

let isDone = false;
try {
  isDone = await main(watchInterruption());
} catch (error) {
  const problem = error instanceof Problem ? error : new Problem("internal", { cause: error });
  sayFailure(new TerminalJournal([], (text) => text).sentence(problem));
}
process.exit(isDone ? 0 : 1);
