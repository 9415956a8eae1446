import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, disconnect, transaction } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { buildRestored } from "./build-restored";
import type { Restorable } from "./check-restorable";
import { urlOfDatabase } from "./connect";
import { addKeys, missingKeys } from "./restored-keys";
import { takeMachinePlace } from "./restored-machine";
import { makeQueues, resumeDeployments } from "./resume-deployments";
import { dropDatabase } from "./scratch-database";
import { swapBack, swapIn } from "./swap-databases";

export interface RestoreOptions {
  actor: Actor;
  report?: (what: string) => void;
  /** Looks at the restored installation; what it throws puts the one from before back. */
  verify: () => Promise<void>;
}

export interface Restored {
  /** The database from before, under its new name. */
  kept: string;
  /** Deployments that had not ended when the backup was made and go on now. */
  resumed: number;
  keysAdded: number;
  /** Where the sealed files were put; null when there were none. */
  filesIn: string | null;
}

/**
 * Puts an archive in the place of the present database, which is kept. Until the very end everything can be taken back,
 * and is when something fails: `restore-reverted` then says what.
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
    await disconnect(); // ours would be cut as all others are
    const kept = await swapIn(url, fresh);
    takeBack.unshift(() => swapBack(url, { kept, fresh }));
    return await goLive(archive, { ...options, kept, keysAdded: keys.length, folder });
  } catch (error) {
    for (const undo of takeBack) await undo();
    await disconnect();
    throw error;
  }
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
  const filesIn = await writeFiles(contents?.files ?? [], folder);
  return { kept, keysAdded, filesIn, resumed: await resumeDeployments() };
}

/** Beside and not over the settings that are in use: a person compares them. */
async function writeFiles(files: readonly { path: string; content: string }[], folder: string): Promise<string | null> {
  for (const { path, content } of files)
    await writeFile(join(folder, basename(path)), Buffer.from(content, "base64"), { mode: 0o600 });
  return files.length > 0 ? folder : null;
}
