import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { canWriteKeyFile, readKeyFile, writeKeyFile } from "@/lib/domain/rotation/key-file";
import { tallyDurations } from "@/lib/engine/tally-durations";
import { audit } from "@/lib/platform/audit/audit";
import { db, disconnect, transaction } from "@/lib/platform/db/client";
import { readMigrationFiles } from "@/lib/platform/db/migration-files";
import { env, secretKeyFile } from "@/lib/platform/env";
import { ensureOutboxQueues } from "@/lib/platform/outbox/outbox";
import { ensureBackupQueue, ensureDeploymentQueue, queue, sendTurn } from "@/lib/platform/queue/boss";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { keyRing, parseKeys } from "@/lib/platform/secrets/key-ring";
import { deploymentQueue } from "@/lib/targets/registry";
import { connected, dropDatabase, urlOfDatabase } from "./databases";
import { migrationsDirectory } from "./load-archive";
import type { Manifest } from "./manifest";
import { type CheckedArchive, checkArchive, checkMigrations } from "./read-archive";
import { buildRestored, swapBack, swapIn } from "./restored-database";
import { openContents, type SealedContents } from "./sealed-contents";

export interface Restorable extends CheckedArchive {
  file: string;
  /** Null: the archive has none, or they are not needed and there is no passphrase to decrypt them. */
  contents: SealedContents | null;
}

/** All checks before any change. Throws when the archive cannot be restored here. */
export async function checkRestorable(file: string, sha256: string | null): Promise<Restorable> {
  const archive = await checkArchive(file, sha256);
  checkMigrations(archive.manifest, await readMigrationFiles(migrationsDirectory()));
  refuseUnknownKeys(archive.manifest);
  return { ...archive, file, contents: await openIfNeeded(archive) };
}

async function openIfNeeded(archive: CheckedArchive): Promise<SealedContents | null> {
  const { BACKUP_PASSPHRASE: passphrase } = env;
  if (passphrase === undefined && knowsEveryKey(archive.manifest)) return null;
  return openContents(archive, passphrase?.reveal());
}

/** Do we have all the keys that were in use when the archive was created? */
function knowsEveryKey({ keyFingerprints }: Manifest): boolean {
  const ours = new Set(keyRing().map(({ id }) => id));
  return keyFingerprints.every((id) => ours.has(id));
}

/** An archive without keys needs one of ours. Throws `backup-key-wrong` when none matches. */
function refuseUnknownKeys({ keyFingerprints, sealed }: Manifest): void {
  const ours = keyRing().map(({ id }) => id);
  if (sealed !== null || keyFingerprints.some((id) => ours.includes(id))) return;
  throw new Problem("backup-key-wrong", {
    detail: `It was made with the secret key ${keyFingerprints.join(", ")}, which is not in it, and this installation has ${ours.join(", ")}: put the key that was kept elsewhere behind this installation's, with a comma or a line between them, then restore again.`,
  });
}

/** The archive's keys that this installation does not have. */
export function missingKeys(contents: SealedContents | null): string[] {
  const ours = new Set(keyRing().map(({ id }) => id));
  return (contents?.keys ?? []).filter((key) => !ours.has(parseKeys(key)[0].id));
}

interface RestoreOptions {
  actor: Actor;
  report?: (what: string) => void;
  /** Checks the restored installation. An error restores the previous one. */
  verify: () => Promise<void>;
}

export interface Restored {
  /** The previous database, under its new name. */
  kept: string;
  /** Deployments that had not ended when the backup was created, and continue now. */
  resumed: number;
  keysAdded: number;
  /** The folder of the decrypted files; null without files. */
  filesIn: string | null;
}

/**
 * Replaces the current database with an archive and keeps the current one. Every step is reverted when a later one
 * fails: `restore-reverted` then has the cause.
 */
export async function restoreArchive(archive: Restorable, options: RestoreOptions): Promise<Restored> {
  const { manifest, file, contents } = archive;
  const url = env.DATABASE_URL.reveal();
  const folder = join(env.LANDFALL_DATA_DIR, "restored", manifest.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys = missingKeys(contents);
  const takeBack = [await addKeys(keys, join(folder, "secret.key"))];
  try {
    const fresh = await buildRestored(url, { file, manifest, report: options.report });
    takeBack.unshift(() => dropDatabase(url, fresh));
    takeBack.unshift(await takeMachinePlace(urlOfDatabase(url, fresh), manifest));
    options.report?.("swap");
    await disconnect(); // it would be closed like all other connections
    const kept = await swapIn(url, fresh);
    takeBack.unshift(() => swapBack(url, { kept, fresh }));
    return await goLive(archive, { ...options, kept, keysAdded: keys.length, folder });
  } catch (error) {
    for (const undo of takeBack) await undo();
    await disconnect();
    throw error;
  }
}

/**
 * Adds keys after the current ones: they decrypt what was restored, while the first key still encrypts. Returns a
 * function that reverts it. Without a writable key file it throws `restore-refused` with the setting to change; the
 * keys are then in `beside`, a file that only its owner can read.
 */
async function addKeys(keys: readonly string[], beside: string): Promise<() => Promise<void>> {
  if (keys.length === 0) return async () => undefined;
  const file = secretKeyFile();
  if (file !== undefined && (await canWriteKeyFile(file))) {
    const present = await readKeyFile(file);
    await writeKeyFile(file, [...present, ...keys]);
    return () => writeKeyFile(file, present);
  }
  await writeFile(beside, `${keys.join("\n")}\n`, { mode: 0o600 });
  throw new Problem("restore-refused", {
    detail: `The backup's secrets are sealed with another key, and this installation's cannot be changed from here. It is in ${beside}: put what that file holds behind ${file ?? "LANDFALL_SECRET_KEY"}, with a comma or a line between them, then restore again. Nothing was changed.`,
  });
}

/**
 * Takes the identity of the archive's machine when the restored database at `url` does not know this one: on a new
 * host, local services belong here now. A machine with its own target keeps its identity. Returns a function that
 * reverts it.
 */
async function takeMachinePlace(url: string, { machine }: Manifest): Promise<() => Promise<void>> {
  const file = join(env.LANDFALL_DATA_DIR, "machine-id");
  const present = (await readFile(file, "utf8").catch(() => "")).trim();
  const known = await machinesIn(url);
  if (machine === null || !env.LANDFALL_THIS_MACHINE || !known.has(machine) || known.has(present))
    return async () => undefined;
  await replace(file, machine);
  return () => replace(file, present);
}

async function machinesIn(url: string): Promise<ReadonlySet<string>> {
  const { rows } = await connected(url, (client) =>
    client.query<{ machine: string }>("SELECT settings->>'machine' AS machine FROM target WHERE kind = 'local'"),
  );
  return new Set(rows.map(({ machine }) => machine));
}

async function replace(file: string, machine: string): Promise<void> {
  await writeFile(`${file}.new`, `${machine}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function goLive(
  { manifest, contents }: Restorable,
  {
    actor,
    verify,
    report,
    kept,
    keysAdded,
    folder,
  }: RestoreOptions & { kept: string; keysAdded: number; folder: string },
): Promise<Restored> {
  try {
    await makeQueues();
    report?.("verify");
    await db.user.count();
    await verify();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Problem("restore-reverted", { detail: `The restored database did not work (${detail}).`, cause });
  }
  const { name, createdAt } = manifest;
  await transaction((tx) =>
    audit(tx, actor, "backup.restore", { type: "backup", id: null, name }, { createdAt, kept }),
  );
  await tallyDurations(); // archives hold no messages, so ended but uncounted deployments are counted here
  const filesIn = await writeFiles(contents?.files ?? [], folder);
  return { kept, keysAdded, filesIn, resumed: await resumeDeployments() };
}

/** Creates the queues that running processes expect: archives hold none, so a restored database has none. */
async function makeQueues(): Promise<void> {
  const boss = await queue();
  const targets = await transaction((tx) => tx.target.findMany({ select: { kind: true, settings: true } }));
  for (const name of new Set([ANY_WORKER, ...targets.map(deploymentQueue)])) await ensureDeploymentQueue(boss, name);
  await ensureBackupQueue(boss);
  await ensureOutboxQueues(boss);
}

/** Next to the settings in use, not over them, so that a person can compare them. */
async function writeFiles(files: readonly { path: string; content: string }[], folder: string): Promise<string | null> {
  for (const { path, content } of files)
    await writeFile(join(folder, basename(path)), Buffer.from(content, "base64"), { mode: 0o600 });
  return files.length > 0 ? folder : null;
}

/** Sends a turn for every deployment that had not ended when the backup was created; returns their number. */
function resumeDeployments(): Promise<number> {
  return transaction(async (tx) => {
    const unfinished = await tx.deployment.findMany({
      where: { state: { in: ["queued", "running", "undoing"] } },
      orderBy: { id: "asc" },
      select: { serviceId: true, target: { select: { kind: true, settings: true } } },
    });
    for (const { serviceId, target } of unfinished) await sendTurn(tx, deploymentQueue(target), { serviceId });
    return unfinished.length;
  });
}
