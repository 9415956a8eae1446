import { CIRCUIT_OPEN_MS } from "@/lib/drivers/dokploy/client/wire";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import type { Circuit } from "@/lib/platform/outgoing/json-client";

/**
 * Each process has its own circuit breaker for a server. Its state is stored for the pages and metrics of the other
 * processes. The row has the time at which an open circuit ends, so that it stays true when the process dies.
 */
const OPEN_MS = Math.max(...CIRCUIT_OPEN_MS);

export function keepCircuit(targetId: string, circuit: Circuit): void {
  if (circuit === "half-open") return; // circuitOf derives it from the time
  const circuitOpenUntil = circuit === "open" ? new Date(Date.now() + OPEN_MS) : null;
  db.target
    .updateMany({ where: { id: targetId }, data: { circuitOpenUntil } })
    .catch((error: unknown) => log.warn({ err: error, targetId }, "the state of a circuit could not be stored"));
}

export function circuitOf({ circuitOpenUntil }: { circuitOpenUntil: Date | null }): Circuit {
  if (circuitOpenUntil === null) return "closed";
  return circuitOpenUntil > new Date() ? "open" : "half-open";
}
