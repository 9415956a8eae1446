import { CIRCUIT_OPEN_MS } from "@/lib/drivers/dokploy/client/wire";
import { db } from "@/lib/platform/db/client";
import { log } from "@/lib/platform/log";
import type { Circuit } from "@/lib/platform/outgoing/json-client";

/**
 * Each process has a circuit of its own to a server, and what one of them learned is worth knowing to the pages of the
 * others. What is kept says until when it is open, so that a process that died with an open circuit leaves no lie.
 */
const OPEN_MS = Math.max(...CIRCUIT_OPEN_MS);

export function keepCircuit(targetId: string, circuit: Circuit): void {
  if (circuit === "half-open") return; // its time is over: circuitOf says so by itself
  const circuitOpenUntil = circuit === "open" ? new Date(Date.now() + OPEN_MS) : null;
  db.target
    .updateMany({ where: { id: targetId }, data: { circuitOpenUntil } })
    .catch((error: unknown) => log.warn({ err: error, targetId }, "the state of a circuit could not be kept"));
}

export function circuitOf({ circuitOpenUntil }: { circuitOpenUntil: Date | null }): Circuit {
  if (circuitOpenUntil === null) return "closed";
  return circuitOpenUntil > new Date() ? "open" : "half-open";
}
