import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import { keyRing } from "@/lib/platform/secrets/key-ring";
import { formatWritten, NEWEST_FORMAT, permitOlder, sealAnew, sealPrefix } from "@/lib/platform/secrets/seal";

/** Rows that are read, sealed anew and written at once. */
const BATCH_ROWS = 200;
/** Sorts before every id. */
const BEFORE_ALL = "00000000-0000-0000-0000-000000000000";

interface SealedColumn {
  table: string;
  column: string;
}

/**
 * Every column that holds sealed texts, by the names that SQL has for it. Each of these tables has an `id`. A test compares
 * the list with the schema.
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
];

export interface ResealCount {
  table: string;
  /** How many texts were sealed anew. */
  resealed: number;
  /** Somebody changed them at the same moment: sealed by whoever did, and looked at again by the next pass. */
  passedOver: number;
  /** Texts that no key opens: changed by hand, or under a key that is long gone. They stay as they are. */
  unreadable: number;
}

/** How long after an upgrade a worker may take to bind what is not bound yet. */
const PERMITTED_MS = 30 * 24 * 60 * 60_000;

/**
 * Lets the older formats be read from now on, for as long as binding may take. For a database that was just brought here from
 * a version that wrote them, by whoever has the key.
 */
export async function permitBinding(): Promise<void> {
  await db.sealing.updateMany({ data: { permit: permitOlder(new Date(Date.now() + PERMITTED_MS)) } });
}

/** Seals what an older version sealed in the newest format, as soon as that is written; then the older ones are not read any more. */
export async function bindToPlaces(): Promise<void> {
  if (formatWritten() !== NEWEST_FORMAT || !(await db.sealing.findFirst())?.permit) return;
  const counts = await reseal();
  const isDone = counts.every(({ resealed, passedOver }) => resealed + passedOver === 0);
  if (isDone) await db.sealing.updateMany({ data: { permit: null } });
}

/**
 * Seals everything anew that is under another key than the first one, or in another format than the one that is written. A change that somebody makes at the same time is
 * never lost, so this may run beside everything else, several times at once, and again after it was interrupted.
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

/** The names in the SQL of these two are from our own list. */
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
