import type {
  BackupContents,
  BackupPlan,
  BackupProof,
  Backups,
  BackupTrigger,
  BackupView,
} from "@/lib/contracts/backup";
import type { ProblemData } from "@/lib/contracts/problem";
import { db, type Prisma } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { nextBackupAt, overdueSince } from "./schedule";
import { backupFolder, SAFETY } from "./storage";

type Row = Prisma.BackupGetPayload<object>;

/** Newest first, with the plan. */
export async function listBackups(now = new Date()): Promise<Backups> {
  const [rows, plan] = await Promise.all([
    db.backup.findMany({ orderBy: { createdAt: "desc" }, take: 200 }),
    readPlan(now),
  ]);
  return { items: rows.map(toBackupView), plan };
}

export async function getBackup(id: string): Promise<BackupView> {
  return toBackupView(await db.backup.findUniqueOrThrow({ where: { id } }));
}

export async function readPlan(now: Date): Promise<BackupPlan> {
  const { BACKUP_SCHEDULE: schedule, BACKUP_S3_ENDPOINT: endpoint } = env;
  const since = overdueSince(schedule, await newestOrBeginning(now), now);
  return {
    schedule: schedule === "off" ? null : schedule,
    nextAt: nextBackupAt(schedule, now)?.toISOString() ?? null,
    overdueSince: since?.toISOString() ?? null,
    keep: env.BACKUP_KEEP,
    storage: endpoint ? "s3" : "folder",
    place: endpoint ? `s3://${env.BACKUP_S3_BUCKET}/${env.BACKUP_S3_PREFIX}` : backupFolder(),
    sealsSecrets: env.BACKUP_PASSPHRASE !== undefined,
  };
}

async function newestOrBeginning(now: Date): Promise<Date> {
  const [newest, first] = await Promise.all([
    db.backup.findFirst({
      where: { state: "succeeded", NOT: { name: { startsWith: SAFETY } } },
      orderBy: { createdAt: "desc" },
      select: { createdAt: true },
    }),
    db.user.findFirst({ orderBy: { createdAt: "asc" }, select: { createdAt: true } }),
  ]);
  return newest?.createdAt ?? first?.createdAt ?? now;
}

/** `20261121-030000`, in UTC. */
export function nameOfMoment(moment = new Date()): string {
  return moment.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

function toBackupView(row: Row): BackupView {
  return {
    id: row.id,
    name: row.name,
    state: row.state as BackupView["state"],
    trigger: row.trigger as BackupTrigger,
    by: row.actorName,
    storage: row.storage as BackupView["storage"],
    place: row.place,
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256,
    contents: row.contents as BackupContents | null,
    proof: row.proof as BackupProof | null,
    problem: row.problem as ProblemData | null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
