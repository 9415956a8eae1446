import * as z from "zod";
import { bodyOf, isFilled, typedOf } from "@/components/forms/contract-values";

/** A process type as the controls of a form hold it. The id is the row's own, because names change during typing. */
export interface ProcessRow {
  id: number;
  type: string;
  command: string;
  check: string;
  replicas: string;
  handover: string;
  memoryMb: string;
  cpus: string;
}

export const HANDOVERS = ["beside", "stop-first"] as const;

/** How the texts of a row are sent. The driver itself validates the values. */
const Sent = z.object({
  command: z.string().optional(),
  check: z.string().optional(),
  replicas: z.number().optional(),
  handover: z.enum(HANDOVERS).optional(),
  memoryMb: z.number().optional(),
  cpus: z.number().optional(),
});

const EMPTY = { type: "", command: "", check: "", replicas: "1", handover: "beside", memoryMb: "", cpus: "" };
let lastId = 0;

export function newProcess(values: Partial<Omit<ProcessRow, "id">> = {}): ProcessRow {
  lastId += 1;
  return { id: lastId, ...EMPTY, ...values };
}

/** The rows of a stored setting. */
export function processRowsOf(setting: unknown): ProcessRow[] {
  const { data = {} } = z.record(z.string(), z.looseObject({})).safeParse(setting);
  return Object.entries(data).map(([type, values]) => newProcess({ ...(typedOf(values) as object), type }));
}

/** The setting of the rows; undefined without any. A row that nothing was typed in is not sent. */
export function processesOf(rows: readonly ProcessRow[]): Record<string, unknown> | undefined {
  const sent = rows.filter(isTyped);
  return sent.length === 0 ? undefined : Object.fromEntries(sent.map((row) => [keyOf(row, sent), bodyOf(Sent, row)]));
}

/** A name that is missing, or there twice, has one that the server refuses, so that nothing typed is lost. */
export function keyOf(row: ProcessRow, rows: readonly ProcessRow[]): string {
  const name = row.type.trim();
  const before = rows
    .slice(0, rows.indexOf(row))
    .filter((other) => isTyped(other) && other.type.trim() === name).length;
  if (name === "") return `?${before === 0 ? "" : before}`;
  return before === 0 ? name : `${name}?${before}`;
}

function isTyped({ type, command, check, memoryMb, cpus }: ProcessRow): boolean {
  return isFilled({ type, command, check, memoryMb, cpus });
}
