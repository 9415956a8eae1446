import * as z from "zod";
import type { FieldError } from "@/lib/contracts/problem";
import type { DriverKind } from "@/lib/contracts/service";
import { TargetCheck } from "@/lib/contracts/target";
import { carries, isPlatformDriver, sharesPorts } from "@/lib/contracts/target-kind";
import { toolsNeededBy } from "@/lib/drivers/catalogue";
import { db, type Tx } from "@/lib/platform/db/client";
import type { TargetRow } from "@/lib/targets/target-store";
import { wrongField } from "./draft-fields";
import { findDomainHolder, findPortHolder, findServiceRow } from "./service-store";

export interface Place {
  /** A name that must be available. */
  newName?: string;
  driver?: DriverKind;
  port?: number;
  domain?: string | null;
  /** The service that may already have the port. */
  portMayBeOf?: string;
  target: TargetRow | null;
}

/** What is taken on a service's target. The result stays valid while the caller holds a lock on name and target. */
export async function findTakenFields(
  { newName, driver, port, domain = null, portMayBeOf, target }: Place,
  tx: Tx = db,
): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  if (newName !== undefined && (await findServiceRow(newName, tx))) errors.push(wrongField(["name"], "name-taken"));
  if (!target) return [...errors, wrongField(["target"], "not-found")];
  if (driver !== undefined) errors.push(...driverErrors(driver, target));
  if (target.disabledAt) errors.push(wrongField(["target"], "target-disabled"));
  if (domain !== null) errors.push(...(await domainTakenErrors(tx, domain, target)));
  if (port === undefined || !sharesPorts(target.kind)) return errors;
  const holder = await findPortHolder(tx, { targetId: target.id, port });
  if (holder !== null && holder !== portMayBeOf) errors.push(wrongField(["port"], "port-taken"));
  return errors;
}

const Limits = z.object({ memoryMb: z.number().catch(0).default(0), cpus: z.number().catch(0).default(0) });

/**
 * What a host cannot run according to its newest check: missing tools, no Caddy for a domain, limits beyond its
 * resources. A host that was never checked, or did not answer, passes; Validation checks it again in any case.
 */
export async function hostErrors(
  tx: Tx,
  targetId: string | undefined,
  { driver, domain, settings }: { driver: DriverKind; domain: string | null; settings: unknown },
): Promise<FieldError[]> {
  const row = targetId && (await tx.target.findUnique({ where: { id: targetId }, select: { lastCheck: true } }));
  const check = TargetCheck.safeParse(row ? row.lastCheck : null).data;
  if (!check?.ok || isPlatformDriver(driver)) return [];
  const isMissing = (tool: string) => check.tools[tool] === null;
  const missing = toolsNeededBy(driver).find(isMissing);
  if (missing) return [wrongField(["driver"], "tool-missing", { tool: missing })];
  const { memoryMb, cpus } = Limits.catch({ memoryMb: 0, cpus: 0 }).parse(settings);
  const totalMb = Math.floor((check.memoryTotalBytes ?? Number.POSITIVE_INFINITY) / 1024 / 1024);
  const cores = check.cores ?? Number.POSITIVE_INFINITY;
  return [
    ...(domain && driver !== "process" && isMissing("caddy")
      ? [wrongField(["domain"], "tool-missing", { tool: "caddy" })]
      : []),
    ...(memoryMb > totalMb ? [wrongField(["settings", "memoryMb"], "too-high", { limit: totalMb })] : []),
    ...(cpus > cores ? [wrongField(["settings", "cpus"], "too-high", { limit: cores })] : []),
  ];
}

/** Each kind of target has its own drivers. */
export function driverErrors(driver: DriverKind, target: { kind: string }): FieldError[] {
  return carries(target.kind, driver) ? [] : [wrongField(["driver"], "driver-not-for-target")];
}

/**
 * A domain belongs to one service of a target, and never to the platform's own pages. Checked under the target's lock,
 * like the port: otherwise it may be taken a moment later.
 */
export async function domainTakenErrors(
  tx: Tx,
  domain: string,
  target: { id: string; settings: unknown },
  exceptId?: string,
): Promise<FieldError[]> {
  const { url } = (target.settings ?? {}) as { url?: unknown };
  const isPanel = typeof url === "string" && URL.parse(url)?.hostname === domain;
  const isTaken = isPanel || (await findDomainHolder(tx, { targetId: target.id, domain, exceptId })) !== null;
  return isTaken ? [wrongField(["domain"], "domain-taken", { domain })] : [];
}
