import { isFinished } from "@/lib/contracts/deployment-state";
import { DeploymentEvent, type LogLine, type NumberedEvent } from "@/lib/contracts/event";
import { db } from "@/lib/platform/db/client";
import { readFacts } from "./read-facts";

/** Enough to catch up in few steps, little enough that a reader far behind does not fill the memory. */
const READ_ROWS = 200;

interface Row {
  number: number;
  data: unknown;
  phase: string | null;
  first_line: number | null;
  lines: LogLine[] | null;
}

/** The next events after a number, in order: facts and log chunks share one number space. */
export async function readEvents(deploymentId: string, after: number): Promise<NumberedEvent[]> {
  const rows = await db.$queryRaw<Row[]>`
    (SELECT number, data, NULL AS phase, NULL::int AS first_line, NULL::jsonb AS lines FROM event
      WHERE deployment_id = ${deploymentId}::uuid AND number > ${after} ORDER BY number LIMIT ${READ_ROWS})
    UNION ALL
    (SELECT number, NULL, phase, first_line, lines FROM log_chunk
      WHERE deployment_id = ${deploymentId}::uuid AND number > ${after} ORDER BY number LIMIT ${READ_ROWS})
    ORDER BY number LIMIT ${READ_ROWS}`;
  return Promise.all(rows.map(toEvent));
}

async function toEvent(row: Row): Promise<NumberedEvent> {
  if (row.lines === null) return { number: row.number, event: await withText(DeploymentEvent.parse(row.data)) };
  const event = {
    type: "log",
    phase: row.phase,
    firstLine: row.first_line,
    lines: row.lines,
  } as NumberedEvent["event"];
  return { number: row.number, event };
}

async function withText(event: DeploymentEvent): Promise<DeploymentEvent> {
  return "facts" in event && event.facts ? { ...event, ...(await readFacts(event)) } : event;
}

/** The newest number, and whether anything can still follow it; null for an unknown deployment. */
export async function readHead(deploymentId: string): Promise<{ lastEvent: number; finished: boolean } | null> {
  const row = await db.deployment.findUnique({ where: { id: deploymentId }, select: { lastEvent: true, state: true } });
  return row && { lastEvent: row.lastEvent, finished: isFinished(row.state as Parameters<typeof isFinished>[0]) };
}
