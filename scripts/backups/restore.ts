/*
 * `npm run restore [name or file] [--yes]`: backs up the current database, then replaces it with a backup. Without a
 * name it lists the backups. Exits with 1 when nothing was restored.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { SYSTEM } from "@/lib/contracts/user";
import { nameOfMoment } from "@/lib/domain/backups/backup-store";
import { matchStorage } from "@/lib/domain/backups/backup-upkeep";
import { migrationsDirectory } from "@/lib/domain/backups/load-archive";
import { makeBackup } from "@/lib/domain/backups/make-backup";
import { beginBackup } from "@/lib/domain/backups/request-backup";
import {
  checkRestorable,
  missingKeys,
  type Restorable,
  type Restored,
  restoreArchive,
} from "@/lib/domain/backups/restore-archive";
import { SAFETY } from "@/lib/domain/backups/storage";
import { db } from "@/lib/platform/db/client";
import { migrate } from "@/lib/platform/db/migrate";
import { env } from "@/lib/platform/env";
import { look } from "@/lib/web/health/monitor";
import { confirm } from "../deploy/confirm";
import { bold, green, say, sayFailure, step } from "../screen.mjs";
import { findArchive, showArchives } from "./find-archive";
import {
  type LivingProcess,
  listLivingProcesses,
  refuseRunningDeployments,
  restartProcesses,
  waitForHealth,
} from "./running-processes";
import { sentenceOfError, sentenceOfProblem } from "./sentence-of-problem";
import { type Installation, withInstallation } from "./with-installation";

const ACTOR = { ...SYSTEM, name: "npm run restore" };

async function restore(wanted: string, yes: boolean, installation: Installation): Promise<boolean> {
  // The data directory is used because /tmp may be in memory.
  const folder = await mkdtemp(join(env.LANDFALL_DATA_DIR, "restore-"));
  try {
    const { file, sha256 } = await step(
      "Fetch",
      () => findArchive(wanted, { folder }),
      ({ file }) => file,
    );
    const archive = await step("Check", () => checkRestorable(file, sha256), describe);
    if (!yes && !process.stdin.isTTY)
      throw new Problem("restore-refused", { detail: "There is nobody at the terminal to ask: add --yes." });
    const asked = await confirm("Restore it?", facts(archive), { yes, signal: new AbortController().signal });
    if (!asked) return false;
    await step(
      "Database",
      () => migrate(env.DATABASE_URL.reveal(), { directory: migrationsDirectory() }),
      () => "ready",
    );
    const living = await listLivingProcesses();
    await refuseRunningDeployments(living);
    await saveFirst();
    tell(await putInPlace(archive, living, installation), living, installation);
    return true;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function describe({ manifest }: Restorable): string {
  return `${manifest.contents.rows} rows in ${manifest.contents.tables} tables, whole`;
}

function facts({ manifest, contents }: Restorable): string[] {
  const { name, createdAt, contents: held } = manifest;
  const { hostname, pathname } = new URL(env.DATABASE_URL.reveal());
  const keys = missingKeys(contents).length;
  return [
    `${bold(name)}, made ${createdAt.slice(0, 16).replace("T", " ")} UTC with Landfall ${held.version}`,
    `It takes the place of the database ${pathname.slice(1)} on ${hostname}. What was changed since the backup is no longer there;`,
    "the present state is saved first, and comes back by itself when the restored one does not work.",
    ...(keys > 0 ? ["Its secret key is added behind this installation's."] : []),
  ];
}

/** This backup allows reverting the restore, also later. A database that was never used needs no backup. */
async function saveFirst(): Promise<void> {
  if ((await db.user.count()) === 0) return;
  const id = await beginBackup({ name: `${SAFETY}${nameOfMoment()}`, trigger: "safety" }, ACTOR);
  const saved = await step(
    "Save first",
    (report) => makeBackup(id, { report }),
    ({ name }) => name,
  );
  if (saved.state === "succeeded") return;
  const reason = saved.problem ? sentenceOfProblem(saved.problem) : saved.state;
  throw new Problem("restore-refused", { detail: `The present state could not be saved: ${reason}` });
}

function putInPlace(archive: Restorable, living: LivingProcess[], { console }: Installation): Promise<Restored> {
  return step(
    "Restore",
    (report) => {
      const verify = async () => {
        const since = Date.now();
        const { checks } = await look();
        if (checks.database.status !== "ok") throw new Error("the database does not answer");
        if (!console) return;
        await restartProcesses(living);
        await waitForHealth(console.address, since);
      };
      return restoreArchive(archive, { actor: ACTOR, report, verify });
    },
    () => "done",
  );
}

function tell(
  { kept, resumed, keysAdded, filesIn }: Restored,
  living: LivingProcess[],
  { console }: Installation,
): void {
  say();
  say(green("Restored."));
  say(`The database from before is kept as ${kept} until the next restore.`);
  if (resumed > 0)
    say(
      resumed === 1 ? "A deployment that had not ended goes on." : `${resumed} deployments that had not ended go on.`,
    );
  if (keysAdded > 0) say("The backup's secret key is added: npm run rotate-key seals everything under one again.");
  if (filesIn) say(`Its files are in ${filesIn}: compare them with yours.`);
  if (!console) say(living.length > 0 ? "Restart every web and worker now." : "Start the console: npm start.");
  say();
}

async function main(): Promise<boolean> {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  const yes = process.argv.includes("--yes");
  return withInstallation(async (installation) => {
    const [wanted] = names;
    if (wanted === undefined) {
      await showArchives();
      return true;
    }
    const done = await restore(wanted, yes, installation);
    if (done) await matchStorage();
    return done;
  });
}

try {
  say();
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  sayFailure(sentenceOfError(error));
  process.exitCode = 1;
}
process.exit();
