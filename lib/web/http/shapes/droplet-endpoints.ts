import * as z from "zod";
import type { HealthChecks } from "@/lib/contracts/health";
import { type RequestCount, requestCounts } from "../request-counts";

/**
 * The small endpoints that every service of a Registry has beside `/health` and `/capabilities`: `/state`,
 * `/dependencies` and `/message`. Landfall answers them for itself and, under /api/registry, for its built-in Registry.
 */

export const ServiceState = z.object({
  uptime_seconds: z.int(),
  requests_total: z.int().describe("Requests that this process answered since its start"),
  requests_per_minute: z.number().describe("On average since its start"),
  errors_total: z.int().describe("Of these, the ones answered with 5xx"),
  memory_mb: z.int(),
  last_restart: z.iso.datetime(),
});

const Dependency = z.object({ name: z.string(), status: z.enum(["connected", "unavailable"]) });
export const Dependencies = z.object({
  required: z.array(Dependency),
  optional: z.array(Dependency),
  missing: z.array(z.string()).describe("Names of those that are required and unavailable"),
});

/** Any JSON object: the sender's trace id is returned, and the rest is ignored. */
export const ServiceMessage = z.looseObject({ trace_id: z.string().max(200).nullish() });
export const MessageReceived = z.object({
  received: z.literal(true),
  trace_id: z.string().nullable(),
  timestamp: z.iso.datetime(),
});

const MEBIBYTE = 1024 * 1024;

/** `belongs` selects the routes to count: those of the whole console, or of a part of it. */
export function serviceState(belongs: (count: RequestCount) => boolean = () => true): z.infer<typeof ServiceState> {
  const counts = requestCounts().filter(belongs);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const uptime = process.uptime();
  return {
    uptime_seconds: Math.round(uptime),
    requests_total: total,
    requests_per_minute: Math.round((total / Math.max(uptime, 1)) * 60 * 100) / 100,
    errors_total: counts.filter(({ status }) => status >= 500).reduce((sum, { count }) => sum + count, 0),
    memory_mb: Math.round(process.memoryUsage.rss() / MEBIBYTE),
    last_restart: new Date(Date.now() - uptime * 1_000).toISOString(),
  };
}

export function dependenciesOf({ database, registry }: HealthChecks): z.infer<typeof Dependencies> {
  const isConnected = (check: { status: string }) => (check.status === "failed" ? "unavailable" : "connected");
  const required = [{ name: "postgresql", status: isConnected(database) } as const];
  return {
    required,
    optional: [{ name: "registry", status: isConnected(registry) }],
    missing: required.filter(({ status }) => status === "unavailable").map(({ name }) => name),
  };
}

export function messageReceived({ trace_id }: z.infer<typeof ServiceMessage>): z.infer<typeof MessageReceived> {
  return { received: true, trace_id: trace_id ?? null, timestamp: new Date().toISOString() };
}
