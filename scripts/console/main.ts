/*
 * The console: all processes of `npm start`, and the order in which they start and stop. Start: Postgres → web and
 * worker → (services, which the process driver's supervisor runs). Stop: web, worker, services, Postgres.
 */
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { claimDataDirectory } from "../running-console.mjs";
import { bold, dim, say, sayFailure, step } from "../screen.mjs";
import type { DemoResult } from "./demo";
import { aborted, watchInterruption } from "./interruption";
import type { Prepared } from "./prepare-database";
import { runHelper, sentenceOf } from "./run-helper";
import { type DatabaseAddresses, Running } from "./running";
import { childEnvironment, readSettings, type Settings } from "./settings";
import { waitUntilHealthy } from "./wait-until-healthy";

interface Place {
  root: string;
  dataDirectory: string;
  /** The web server compiles on demand, the worker restarts on changes, and the terminal shows their output. */
  development: boolean;
  build(report: (detail: string) => void, signal: AbortSignal): Promise<string>;
  /** Printed last, instead of how to stop and start the console. */
  hint?: string[];
}

export async function runConsole(place: Place): Promise<void> {
  process.chdir(place.root);
  const interruption = watchInterruption();
  const running = new Running(place, interruption.hurry);
  try {
    await open(place, running, interruption.signal);
    await Promise.race([aborted(interruption.signal), running.failed]);
  } catch (error) {
    if (!interruption.signal.aborted) {
      sayFailure(sentenceOf(error));
      process.exitCode = 1;
    }
  }
  await running.end();
  process.exit();
}

async function open(place: Place, running: Running, signal: AbortSignal): Promise<void> {
  const settings = readSettings(place);
  if (!claimDataDirectory(place.dataDirectory, settings.address)) throw alreadyRunning(place.dataDirectory);
  running.claimed = true;
  await step("Build", (report) => place.build(report, signal));
  signal.throwIfAborted();
  const { env, prepared } = await openDatabase(place, settings, running, signal);
  if (prepared.admin.password) running.unseenPassword = prepared.admin;
  await step("Console", () => openConsole(settings, running, env, signal));
  const demo = settings.LANDFALL_DEMO && prepared.isEmpty ? await deployDemo(place, prepared, env, signal) : undefined;
  welcome(settings, prepared, demo, place.hint);
  running.unseenPassword = undefined;
  if (place.development) running.hear();
}

async function openDatabase(place: Place, settings: Settings, running: Running, signal: AbortSignal) {
  return step(
    "Database",
    async (report) => {
      const { url, ownerUrl } = givenDatabase(settings) ?? (await running.startDatabase());
      signal.throwIfAborted();
      report("migrations");
      const env = childEnvironment(settings, url);
      const forOwner = { ...env, ...(ownerUrl && { DATABASE_OWNER_URL: ownerUrl }) };
      const options = { env: forOwner, cwd: place.root, signal, stdout: "ignore" } as const;
      return { env, prepared: await runHelper<Prepared>(join(place.root, "dist/prepare.mjs"), [place.root], options) };
    },
    ({ prepared }) => describeDatabase(settings, prepared),
  );
}

function givenDatabase({ givenDatabaseUrl, DATABASE_OWNER_URL }: Settings): DatabaseAddresses | undefined {
  return givenDatabaseUrl === undefined ? undefined : { url: givenDatabaseUrl, ownerUrl: DATABASE_OWNER_URL?.reveal() };
}

function describeDatabase(settings: Settings, { migrations }: Prepared): string {
  const kind = settings.givenDatabaseUrl ? "yours" : "embedded";
  return migrations === 0
    ? `${kind}, up to date`
    : `${kind}, ${migrations} ${migrations === 1 ? "migration" : "migrations"} applied`;
}

async function openConsole(
  settings: Settings,
  running: Running,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const { web } = await running.startProcesses(env);
  const local = settings.HOST === "0.0.0.0" || settings.HOST === "::" ? "localhost" : settings.HOST;
  const url = `http://${local.includes(":") ? `[${local}]` : local}:${settings.PORT}/api/health`;
  try {
    await waitUntilHealthy(url, web.firstEnd(), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new Problem("cannot-start", {
      detail: `The console did not come up; what it said is in ${web.log.file}, and ended with: ${web.log.lastLine()}`,
      cause,
    });
  }
  return "web and worker are up";
}

async function deployDemo(
  place: Place,
  { admin }: Prepared,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<DemoResult> {
  say();
  say("A first deployment, of examples/hello-node to this machine:");
  say();
  const args = [join(place.root, "examples/hello-node"), JSON.stringify(admin.actor)];
  return runHelper<DemoResult>(join(place.root, "dist/demo.mjs"), args, {
    env,
    cwd: place.root,
    signal,
    stdout: "inherit",
  });
}

const HINT = ["Ctrl-C stops everything; the next npm start brings it back."];

function welcome(settings: Settings, { admin }: Prepared, demo: DemoResult | undefined, hint = HINT): void {
  say();
  if (demo?.url) say(`${demo.name} answers at ${bold(demo.url)}`);
  if (demo?.sentence) say(`${demo.name} was not deployed: ${demo.sentence}`);
  if (demo) say();
  say(`Console   ${bold(settings.address)}`);
  say(`E-mail    ${admin.email}`);
  if (admin.password)
    say(`Password  ${bold(admin.password)}   ${dim("shown this once: change it after you signed in")}`);
  if (admin.made && !admin.password) say(`Password  ${dim("the one in LANDFALL_ADMIN_PASSWORD")}`);
  say();
  for (const line of hint) say(dim(line));
  say();
}

function alreadyRunning(dataDirectory: string): Problem {
  return new Problem("cannot-start", {
    detail: `Landfall already runs from ${dataDirectory}: open that one, or stop it first.`,
  });
}
