/* What two looks at a host tell about a service. Pure: commands and rows are elsewhere. */
import * as z from "zod";
import type { HostUsage } from "@/lib/drivers/driver";

/** What a service's live release had used when its host answered: the sum of all that run it. */
export const UsageReading = z.object({
  uptimeMs: z.number(),
  releaseId: z.string(),
  run: z.string(),
  cpuMs: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  restarts: z.int(),
});
export type UsageReading = z.infer<typeof UsageReading>;

/** By the service's id. */
export const LookReading = z.record(z.string(), UsageReading);
export type LookReading = z.infer<typeof LookReading>;

/** The figures of one minute; restarts are those since the minute before. */
export interface UsageSample {
  cpuMillis: number | null;
  memoryBytes: number | null;
  restarts: number | null;
}

/** Over a longer time the CPU's average tells nothing about a minute. */
const APART_MS = 150_000;

/** Null when nothing of the release runs. */
export function readingOf(
  { serviceName, releaseId }: { serviceName: string; releaseId: string },
  usage: HostUsage,
): UsageReading | null {
  const parts = usage.releases.filter((one) => one.serviceName === serviceName && one.releaseId === releaseId);
  if (parts.length === 0) return null;
  const sum = (figures: readonly (number | null)[]) =>
    figures.reduce((total, figure) => (total === null || figure === null ? null : total + figure), 0);
  return {
    uptimeMs: usage.uptimeMs,
    releaseId,
    run: parts
      .map(({ run }) => run)
      .toSorted()
      .join(" "),
    cpuMs: sum(parts.map(({ cpuMs }) => cpuMs)),
    memoryBytes: sum(parts.map(({ memoryBytes }) => memoryBytes)),
    restarts: parts.reduce((total, { restarts }) => total + restarts, 0),
  };
}

/**
 * CPU time needs two readings of one run: after a restart in between, nothing tells what the earlier process used.
 */
export function sampleOf(reading: UsageReading, before: UsageReading | undefined): UsageSample {
  const { uptimeMs, cpuMs, memoryBytes, run, releaseId, restarts } = reading;
  const apartMs = uptimeMs - (before?.uptimeMs ?? uptimeMs);
  const isSameRun = before?.run === run && apartMs > 0 && apartMs <= APART_MS;
  const usedMs = isSameRun && cpuMs !== null && before.cpuMs !== null ? cpuMs - before.cpuMs : -1;
  const restarted = before?.releaseId === releaseId ? restarts - before.restarts : 0;
  return {
    // The CPU time of a child process that its parent did not wait for is lost when it ends.
    cpuMillis: usedMs < 0 ? null : Math.round((usedMs / apartMs) * 1_000),
    memoryBytes,
    restarts: restarted > 0 ? restarted : null,
  };
}
