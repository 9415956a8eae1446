import { authorize } from "@/lib/contracts/authorize";
import type { BackupTrigger, BackupView, NewBackup } from "@/lib/contracts/backup";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { sendBackup } from "@/lib/platform/queue/boss";
import { getBackup, nameOfMoment } from "./backup-store";
import { endAbandonedBackups } from "./backup-upkeep";

/** Requests a backup from a worker. Throws `backup-running` while another one runs, and `name-taken`. */
export async function requestBackup(
  { name }: NewBackup,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<BackupView> {
  authorize(actor, "backup:create");
  await endAbandonedBackups();
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => {
      const id = await addBackup(tx, { name, trigger: "person" }, actor);
      await sendBackup(tx, { backupId: id });
      return { subjectId: id };
    }),
  );
  return getBackup(subjectId);
}

/** Creates the row of a backup that this process runs itself, with the same refusals. */
export async function beginBackup(wanted: { name?: string; trigger: BackupTrigger }, actor: Actor): Promise<string> {
  await endAbandonedBackups();
  return transaction((tx) => addBackup(tx, wanted, actor));
}

async function addBackup(
  tx: Tx,
  { name = nameOfMoment(), trigger }: { name?: string | undefined; trigger: BackupTrigger },
  actor: Actor,
): Promise<string> {
  await tx.$executeRaw`LOCK TABLE backup IN SHARE ROW EXCLUSIVE MODE`; // two concurrent requests must see each other
  if (trigger !== "schedule" && (await countUnderWay(tx)) > 0) throw new Problem("backup-running");
  const { id } = await insertBackup(tx, { name, trigger, actorName: actor.name });
  await audit(tx, actor, "backup.create", { type: "backup", id, name }, { trigger });
  return id;
}

const UNDER_WAY = ["queued", "running"];

interface NewRow {
  name: string;
  trigger: BackupTrigger;
  actorName: string;
}

/** Throws `name-taken`. */
async function insertBackup(tx: Tx, { name, trigger, actorName }: NewRow): Promise<{ id: string }> {
  const data = { name, trigger, actorName, state: "queued" };
  const [made] = await tx.backup.createManyAndReturn({ data, skipDuplicates: true });
  if (!made) {
    const fields = [{ path: ["name"], code: "name-taken", message: "name-taken" }];
    throw new Problem("name-taken", { params: { name }, fields });
  }
  return made;
}

function countUnderWay(tx: Tx): Promise<number> {
  return tx.backup.count({ where: { state: { in: UNDER_WAY } } });
}
