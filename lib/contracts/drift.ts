import * as z from "zod";
import { ProblemData, ProblemParams } from "./problem";

/** The differences between desired and actual state. Each has a message under `drift.differences`. */
export const DIFFERENCES = [
  "release-absent",
  "release-down",
  "release-unsteady",
  "processes-down",
  "processes-unsteady",
  "other-release",
  "foreign-artifact",
  "edge-down",
  "supervisor-down",
  "way-closed",
  "domain-lost",
  "registration-lost",
  "registration-changed",
] as const;
export const DifferenceCode = z.enum(DIFFERENCES);
export type DifferenceCode = z.infer<typeof DifferenceCode>;

export const Difference = z.object({ code: DifferenceCode, params: ProblemParams, since: z.iso.datetime() });
export type Difference = z.infer<typeof Difference>;

/**
 * `good`: matches. `drifted`: live, but something differs. `unsteady`: restarting, or not ready yet. `down`: not live.
 * `unknown`: the host did not answer.
 */
export const Condition = z.enum(["good", "drifted", "unsteady", "down", "unknown"]);
export type Condition = z.infer<typeof Condition>;

/** What Landfall repairs automatically. */
export const Restored = z.enum(["release", "processes", "edge", "supervisor", "way", "record", "registration"]);
export type Restored = z.infer<typeof Restored>;

/** The newest check of a service that should run, and the repairs it led to. */
export const ServiceCheck = z.object({
  condition: Condition,
  since: z.iso.datetime().describe("When it was first seen in this condition"),
  checkedAt: z.iso.datetime(),
  differences: z.array(Difference),
  exitCode: z.int().nullable(),
  restarts: z.int(),
  problem: ProblemData.nullable().describe("Why it could not be looked at, or not be put back"),
  restored: z.array(Restored).describe("What was last put back"),
  restoredAt: z.iso.datetime().nullable(),
  tries: z.int().describe("How often it was tried to put it back without it lasting"),
  triedAt: z.iso.datetime().nullable(),
  givenUp: z.boolean().describe("It was tried as often as it will be, until somebody deploys or asks for a check"),
});
export type ServiceCheck = z.infer<typeof ServiceCheck>;

/** Includes the last output, for people who may read logs. */
export const ServiceCheckDetail = ServiceCheck.extend({ lastOutput: z.array(z.string()) });
export type ServiceCheckDetail = z.infer<typeof ServiceCheckDetail>;

/** The actual state of a target's services, compared with the desired state. */
export const TargetDrift = z.object({
  checkedAt: z.iso.datetime().nullable(),
  requestedAt: z.iso.datetime().nullable().describe("Set while a check that somebody asked for has not ended"),
  everySeconds: z.int(),
  problem: ProblemData.nullable().describe("Why the host could not be asked"),
  compared: z.int().describe("Services that should run there and were looked at"),
  services: z
    .array(z.object({ id: z.uuid(), name: z.string(), check: ServiceCheck }))
    .describe("Those that are not as they should be, and those where something was put back in the last day"),
});
export type TargetDrift = z.infer<typeof TargetDrift>;

/** In the order of removal: a container before its image. */
export const ORPHAN_KINDS = [
  "project",
  "process",
  "container",
  "unit",
  "user",
  "edge-route",
  "image",
  "network",
  "release-folder",
  "volume",
  "service-folder",
] as const;
export const OrphanKind = z.enum(ORPHAN_KINDS);
export type OrphanKind = z.infer<typeof OrphanKind>;

/** A resource of ours on a host that belongs to no service and no kept release. */
export const Orphan = z.object({
  id: z.string(),
  kind: OrphanKind,
  name: z.string(),
  service: z.string().nullable(),
  bytes: z.int().nullable(),
  isData: z.boolean().describe("Somebody's data: nothing brings it back"),
});
export type Orphan = z.infer<typeof Orphan>;

export const Orphans = z.object({
  items: z.array(Orphan),
  problems: z.array(ProblemData).describe("What kept some things from being listed"),
});
export type Orphans = z.infer<typeof Orphans>;

export const OrphanRemoval = z.strictObject({ ids: z.array(z.string().min(1).max(500)).min(1).max(500) });
export type OrphanRemoval = z.infer<typeof OrphanRemoval>;

export const OrphansRemoved = z.object({
  removed: z.array(z.string()).describe("Ids that are gone"),
  kept: z.array(z.object({ id: z.string(), problem: ProblemData })).describe("Ids that are not, and why"),
});
export type OrphansRemoved = z.infer<typeof OrphansRemoved>;
