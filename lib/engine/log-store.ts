import type { LogLine } from "@/lib/contracts/event";
import type { PhaseKey } from "@/lib/contracts/phase";
import { db } from "@/lib/platform/db/client";

export interface LogQuery {
  /** The number of the first line, from 1. When absent, the newest `limit` lines are read. */
  from?: number;
  limit: number;
  phase?: PhaseKey;
  /** Part of a line; case-insensitive. */
  search?: string;
}
export interface NumberedLine {
  n: number;
  phase: PhaseKey | null;
  line: LogLine;
}
/** `total` counts the lines that match phase and search; `lines` are those of them from `from` on. */
export interface LogPage {
  lines: NumberedLine[];
  total: number;
}

interface Row {
  n: number;
  phase: PhaseKey | null;
  line: LogLine;
}

export async function readLog(deploymentId: string, query: LogQuery): Promise<LogPage> {
  return query.search === undefined && query.phase === undefined
    ? readRange(deploymentId, query)
    : readMatches(deploymentId, query);
}

async function readRange(deploymentId: string, { from, limit }: LogQuery): Promise<LogPage> {
  const row = await db.deployment.findUnique({ where: { id: deploymentId }, select: { logLines: true } });
  const total = row?.logLines ?? 0;
  const first = from ?? Math.max(1, total - limit + 1);
  const rows = await db.$queryRaw<Row[]>`
    SELECT c.first_line + l.ordinality::int - 1 AS n, c.phase, l.value AS line
    FROM log_chunk c, jsonb_array_elements(c.lines) WITH ORDINALITY AS l(value, ordinality)
    WHERE c.deployment_id = ${deploymentId}::uuid AND c.first_line < ${first + limit} AND c.first_line + c.line_count > ${first}
      AND c.first_line + l.ordinality - 1 BETWEEN ${first} AND ${first + limit - 1}
    ORDER BY n`;
  return { lines: rows, total };
}

async function readMatches(deploymentId: string, { from, limit, phase, search }: LogQuery): Promise<LogPage> {
  const pattern = search === undefined ? null : `%${search.replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await db.$queryRaw<(Row & { total: number })[]>`
    WITH matches AS (
      SELECT c.first_line + l.ordinality::int - 1 AS n, c.phase, l.value AS line
      FROM log_chunk c, jsonb_array_elements(c.lines) WITH ORDINALITY AS l(value, ordinality)
      WHERE c.deployment_id = ${deploymentId}::uuid
        AND (${phase ?? null}::text IS NULL OR c.phase = ${phase ?? null})
        AND (${pattern}::text IS NULL OR l.value->>2 ILIKE ${pattern})
    )
    SELECT n, phase, line, (SELECT count(*) FROM matches)::int AS total FROM matches
    WHERE n >= ${from ?? 1} ORDER BY n LIMIT ${limit}`;
  return { lines: rows.map(({ n, phase: of, line }) => ({ n, phase: of, line })), total: rows[0]?.total ?? 0 };
}

const DOWNLOAD_CHUNKS = 50;

/** The whole log as plain text, in pieces, so that a large log is never in memory as a whole. */
export async function* streamLog(deploymentId: string): AsyncGenerator<string> {
  for (let after = 0; ; ) {
    const chunks = await db.logChunk.findMany({
      where: { deploymentId, number: { gt: after } },
      orderBy: { number: "asc" },
      take: DOWNLOAD_CHUNKS,
    });
    const last = chunks.at(-1);
    if (!last) return;
    after = last.number;
    yield chunks
      .map(({ phase, lines }) => (lines as unknown as LogLine[]).map((line) => toText(phase, line)).join(""))
      .join("");
  }
}

function toText(phase: string | null, [ms, , text]: LogLine): string {
  return `${new Date(ms).toISOString()} ${(phase ?? "-").padEnd(12)} ${text}\n`;
}
