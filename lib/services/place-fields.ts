import type { FieldError } from "@/lib/contracts/problem";
import type { DriverKind } from "@/lib/contracts/service";
import { STACK_DRIVERS } from "@/lib/contracts/stack";
import { db, type Tx } from "@/lib/db/client";
import type { TargetRow } from "@/lib/targets/target-store";
import { wrongField } from "./draft-fields";
import { findPortHolder, findServiceRow } from "./service-store";

export interface Place {
  /** A name that must be free. */
  newName?: string;
  driver?: DriverKind;
  port?: number;
  /** The service that may have the port: the one that is asked about. */
  portMayBeOf?: string;
  target: TargetRow | null;
}

/** What is taken where a service is to go. A lock on name and target, held by the caller, makes it stay true. */
export async function findTakenFields(
  { newName, driver, port, portMayBeOf, target }: Place,
  tx: Tx = db,
): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  if (newName !== undefined && (await findServiceRow(newName, tx))) errors.push(wrongField(["name"], "name-taken"));
  if (!target) return [...errors, wrongField(["target"], "not-found")];
  if (driver !== undefined) errors.push(...driverErrors(driver, target));
  if (target.disabledAt) errors.push(wrongField(["target"], "target-disabled"));
  // On a platform every application has ports of its own.
  if (port === undefined || target.kind === "dokploy") return errors;
  const holder = await findPortHolder(tx, { targetId: target.id, port });
  if (holder !== null && holder !== portMayBeOf) errors.push(wrongField(["port"], "port-taken"));
  return errors;
}

/** A platform runs things its own way, and a host has no platform. */
export function driverErrors(driver: DriverKind, target: { kind: string }): FieldError[] {
  const fits = STACK_DRIVERS.has(driver) === (target.kind === "dokploy");
  return fits ? [] : [wrongField(["driver"], "driver-not-for-target")];
}
