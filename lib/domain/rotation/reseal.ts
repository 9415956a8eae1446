import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { formatWritten, NEWEST_FORMAT, permitOlder, sealAnew, sealPrefix } from "@/lib/platform/secrets/seal";

/** Rows that are read, re-encrypted and written together. */
const BATCH_ROWS = 200;
/** Sorts before every id. */
const BEFORE_ALL = "00000000-0000-0000-0000-000000000000";

interface SealedColumn {
  table: string;
  column: string;
}

/**
 * Every column with encrypted texts, in SQL names. Each of these tables has an `id`. A test compares the list with the
 * schema.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "environment_revision", column: "sealed" },
  { table: "target", column: "sealed_secrets" },
  { table: "stack_template", column: "sealed_environment" },
  { table: "image_registry", column: "sealed_password" },
  { table: "totp", column: "sealed_secret" },
  { table: "git_access", column: "sealed_key" },
  { table: "git_access", column: "sealed_token" },
  { table: "hook", column: "sealed_secret" },
  { table: "notification_channel", column: "sealed_settings" },
];

export interface ResealCount {
  table: string;
  /** The number of re-encrypted texts. */
  resealed: number;
  /** Changed concurrently, and so encrypted by that change. The next pass checks them again. */
  passedOver: number;
  /** Texts that no key opens: changed by hand, or under a lost key. They stay unchanged. */
  unreadable: number;
}

/** How long after an upgrade a worker may take to bind the remaining texts. */
const PERMITTED_MS = 30 * 24 * 60 * 60_000;

/**
 * Allows reading the older formats while texts are being bound. Only for a database upgraded from a version that wrote
 * them, and only with its key.
 */
export async function permitBinding(): Promise<void> {
  await db.sealing.updateMany({ data: { permit: permitOlder(new Date(Date.now() + PERMITTED_MS)) } });
}

/** Converts texts to the newest format, once that is written. Then the older formats are no longer read. */
export async function bindToPlaces(): Promise<void> {
  if (formatWritten() !== NEWEST_FORMAT || !(await db.sealing.findFirst())?.permit) return;
  const counts = await reseal();
  const isDone = counts.every(({ resealed, passedOver }) => resealed + passedOver === 0);
  if (isDone) await db.sealing.updateMany({ data: { permit: null } });
}

/**
 * Re-encrypts every text that is under another key than the first, or in another format than the current one.
 * Concurrent changes are never lost, so it may run beside everything else, several times concurrently, and again after
 * an abort.
 */
export async function reseal(): Promise<ResealCount[]> {
  const counts: ResealCount[] = [];
  for (const column of SEALED_COLUMNS) counts.push(await resealColumn(column));
  return counts;
}

interface Row {
  id: string;
  text: string;
}

async function resealColumn({ table, column }: SealedColumn): Promise<ResealCount> {
  const count: ResealCount = { table, resealed: 0, passedOver: 0, unreadable: 0 };
  for (let after = BEFORE_ALL; ; ) {
    const rows = await readBatch({ table, column }, after);
    const last = rows.at(-1);
    if (!last) return count;
    after = last.id;
    const changes = rows.flatMap((row) => resealed(row, { table, column }));
    const written = await writeUnlessChanged({ table, column }, changes);
    count.resealed += written;
    count.passedOver += changes.length - written;
    count.unreadable += rows.length - changes.length;
  }
}

function resealed({ id, text }: Row, { table, column }: SealedColumn): (Row & { anew: string })[] {
  try {
    return [{ id, text, anew: sealAnew(text, { table, column, id }) }];
  } catch (error) {
    log.warn({ err: error, table, id }, "a sealed text could not be opened; it stays as it is");
    return [];
  }
}

/** The names in this SQL are from our own list. */
function readBatch({ table, column }: SealedColumn, after: string): Promise<Row[]> {
  return db.$queryRawUnsafe<Row[]>(
    `SELECT id::text AS id, ${column} AS text FROM ${table}
     WHERE id > $1::uuid AND ${column} IS NOT NULL AND NOT starts_with(${column}, $2) ORDER BY id LIMIT ${BATCH_ROWS}`,
    after,
    sealPrefix(keyRing()[0]),
  );
}

function writeUnlessChanged({ table, column }: SealedColumn, changes: readonly Row[]): Promise<number> {
  return db.$executeRawUnsafe(
    `UPDATE ${table} AS t SET ${column} = c.anew FROM jsonb_to_recordset($1::jsonb) AS c(id uuid, text text, anew text)
     WHERE t.id = c.id AND t.${column} = c.text`,
    JSON.stringify(changes),
  );
}
