import type { DeploymentEvent } from "@/lib/contracts/event";
import type { Fact } from "@/lib/contracts/fact";
import type { PhaseKey, PhaseStatus } from "@/lib/contracts/phase";
import type { ProblemData } from "@/lib/contracts/problem";
import type { Json } from "@/lib/drivers/driver";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";

/** One write of the journal, which commits completely or not at all. */
export interface JournalBatch {
  deploymentId: string;
  fencing: number;
  /** The number of the newest event before this batch. */
  after: number;
  events: readonly DeploymentEvent[];
  logLines: number;
  phases: readonly PhaseRow[];
  deployment: DeploymentColumns;
}

export interface DeploymentColumns {
  state: string;
  finished_at: string | null;
  duration_ms: number | null;
  problem: unknown;
  warnings: unknown;
  url: string | null;
  probes: unknown;
  release_command: unknown;
  artifact: unknown;
}

/** A row of `phase`, as the journal keeps and writes it, with the column names. */
export interface PhaseRow {
  position: number;
  key: PhaseKey;
  status: PhaseStatus;
  attempt: number;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
  facts: Fact[] | null;
  receipt: Json | null;
  problem: ProblemData | null;
  undone_at: string | null;
  undo_duration_ms: number | null;
  undo_problem: ProblemData | null;
}

type WriteResult = { written: true; cancelRequested: boolean } | { written: false };

/**
 * One statement, one round trip, one commit. The deployment's row moves its counters under its fencing number; only
 * then are events, log chunks and phases written. The row lock makes numbers commit in order, so a reader that saw
 * number n has seen all before it. `after` detects a batch whose commit succeeded but whose result was lost, so it is
 * not repeated.
 */
const WRITE = `
WITH d AS (
  UPDATE deployment SET
    last_event = $3::int + $4::int, log_lines = $5::int, state = x.state, finished_at = x.finished_at,
    duration_ms = x.duration_ms, problem = x.problem, warnings = coalesce(x.warnings, '[]'::jsonb), url = x.url, probes = x.probes,
    artifact = x.artifact, release_command = x.release_command
  FROM jsonb_to_record($6::jsonb) AS x(state text, finished_at timestamptz, duration_ms int, problem jsonb, warnings jsonb, url text, probes jsonb,
    artifact jsonb, release_command jsonb)
  WHERE id = $1::uuid AND fencing = $2::int AND last_event = $3::int
  RETURNING id, cancel_requested_at
), new_events AS (
  INSERT INTO event (deployment_id, number, type, data)
  SELECT d.id, e.number, e.data->>'type', e.data FROM d, jsonb_to_recordset($7::jsonb) AS e(number int, data jsonb)
), new_chunks AS (
  INSERT INTO log_chunk (deployment_id, number, phase, first_line, line_count, lines)
  SELECT d.id, c.number, c.phase, c.first_line, jsonb_array_length(c.lines), c.lines
  FROM d, jsonb_to_recordset($8::jsonb) AS c(number int, phase text, first_line int, lines jsonb)
), new_phases AS (
  UPDATE phase p SET
    status = x.status, attempt = x.attempt, started_at = x.started_at, finished_at = x.finished_at, duration_ms = x.duration_ms,
    facts = x.facts, receipt = x.receipt, problem = x.problem, undone_at = x.undone_at, undo_duration_ms = x.undo_duration_ms,
    undo_problem = x.undo_problem
  FROM d, jsonb_to_recordset($9::jsonb) AS x(position int, status text, attempt int, started_at timestamptz, finished_at timestamptz,
    duration_ms int, facts jsonb, receipt jsonb, problem jsonb, undone_at timestamptz, undo_duration_ms int, undo_problem jsonb)
  WHERE p.deployment_id = d.id AND p.position = x.position
)
SELECT d.cancel_requested_at IS NOT NULL AS "cancelRequested", pg_notify('landfall_event', d.id::text)::text FROM d`;

export async function writeBatch(batch: JournalBatch, client: Tx | typeof db = db): Promise<WriteResult> {
  const numbered = batch.events.map((event, index) => ({ number: batch.after + index + 1, event }));
  const events = numbered
    .filter(({ event }) => event.type !== "log")
    .map(({ number, event }) => ({ number, data: event }));
  const chunks = numbered.flatMap(({ number, event }) =>
    event.type === "log" ? [{ number, phase: event.phase, first_line: event.firstLine, lines: event.lines }] : [],
  );
  const rows = await client.$queryRawUnsafe<{ cancelRequested: boolean }[]>(
    WRITE,
    batch.deploymentId,
    batch.fencing,
    batch.after,
    batch.events.length,
    batch.logLines,
    JSON.stringify(batch.deployment),
    JSON.stringify(events),
    JSON.stringify(chunks),
    JSON.stringify(batch.phases),
  );
  const row = rows[0];
  return row ? { written: true, cancelRequested: row.cancelRequested } : { written: false };
}

/** Was a batch committed although its result was lost? */
export async function isWritten(batch: JournalBatch): Promise<boolean> {
  const row = await db.deployment.findUnique({
    where: { id: batch.deploymentId },
    select: { fencing: true, lastEvent: true },
  });
  return row?.fencing === batch.fencing && row.lastEvent === batch.after + batch.events.length;
}

export function toPhaseRow(phase: Prisma.PhaseGetPayload<object>): PhaseRow {
  return {
    position: phase.position,
    key: phase.key as PhaseKey,
    status: phase.status as PhaseStatus,
    attempt: phase.attempt,
    started_at: phase.startedAt?.toISOString() ?? null,
    finished_at: phase.finishedAt?.toISOString() ?? null,
    duration_ms: phase.durationMs,
    facts: phase.facts as Fact[] | null,
    receipt: phase.receipt as Json,
    problem: phase.problem as ProblemData | null,
    undone_at: phase.undoneAt?.toISOString() ?? null,
    undo_duration_ms: phase.undoDurationMs,
    undo_problem: phase.undoProblem as ProblemData | null,
  };
}
