import * as z from "zod";

/**
 * A service has one process with the public port, `web`, and may have other types without a port: workers, clocks. A copy
 * of such a type is a worker.
 */
export const PUBLIC_TYPE = "web";

/** The line of a Procfile that is the release command, and no process type. */
export const RELEASE_LINE = "release";

/** More of either is a mistake, or an attack on the host. */
export const MOST_TYPES = 16;
export const MOST_REPLICAS = 32;

/** It is a part of the names of units and containers. */
const TYPE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

export function isProcessType(name: string): boolean {
  return TYPE_NAME.test(name) && name !== PUBLIC_TYPE && name !== RELEASE_LINE;
}

export const ProcessType = z.string().refine(isProcessType, { error: "not-a-process-type" });

/** A type that a release runs, and how many of it. */
export const ReleaseProcess = z.object({ type: z.string(), replicas: z.int() });
export type ReleaseProcess = z.infer<typeof ReleaseProcess>;

/** The actual state of one copy of a type, as reported by the host. */
export const ProcessState = z.object({
  type: z.string(),
  copy: z.int().describe("From 1"),
  state: z.enum(["running", "restarting", "down", "absent"]),
  since: z.iso.datetime().nullable(),
  restarts: z.int(),
  exitCode: z.int().nullable(),
});
export type ProcessState = z.infer<typeof ProcessState>;
