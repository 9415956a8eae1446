import { isDeepStrictEqual } from "node:util";
import type * as z from "zod";
import type { Grants } from "@/lib/contracts/grants";
import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { NewTarget, TargetChange, TargetCheck, TargetTest, TargetView } from "@/lib/contracts/target";
import type { TargetKind as KindName } from "@/lib/contracts/target-kind";
import type { HostPlace, OwnedThing } from "@/lib/drivers/driver";
import type { Prisma } from "@/lib/platform/db/client";
import type { Place as SealPlace } from "@/lib/platform/secrets/seal";

/**
 * A kind of target: how it is described, reached, checked and shown, and what Landfall may do there automatically.
 * Nothing outside of lib/targets names a kind; it calls `kindOf` (registry.ts). To add a kind: its file here, its line
 * in registry.ts, and its facts and shape in lib/contracts/{target-kind,target}.ts.
 */
export interface TargetKind {
  /** How a person describes such a target; null where only Landfall or its environment does. */
  readonly description: Description | null;
  /** Is it a server that any worker can check? A machine is checked by its own worker, when that starts. */
  readonly isServer: boolean;
  /** How often its services are compared with what actually runs there. */
  readonly compareEveryMs: number;
  /** The part of the health report that shows whether such targets answer. */
  readonly health: "servers" | "platforms" | null;

  /** Can this process reach it? */
  isHere(target: StoredTarget): Promise<boolean>;
  /** Connects; the caller closes. Throws host-unreachable, or target-unset for a server that left the environment. */
  connect(target: StoredTarget): Promise<Connection>;
  /** The queue of its deployments. */
  queue(target: Pick<StoredTarget, "settings">): string;

  /** Checks it now. A target that does not answer is a result, not an error. */
  check(target: TargetRow): Promise<TargetCheck>;
  /** Everything on it that Landfall created, for the search for orphans. Throws why the target cannot be searched. */
  inventory(target: TargetRow): Promise<Inventory>;
  /** Removes what its services shared on it, after the target itself was removed. */
  clear(target: TargetRow): Promise<void>;

  /** The address as shown to everyone who may see targets: nothing that is encrypted. */
  view(row: ShownTarget): Pick<TargetView, "ssh" | "dokploy">;
  /** Is a service that went down there deployed again without a person asking? */
  repairs(target: Pick<StoredTarget, "settings">): boolean;
  /** The ports of the proxy that leads to its services. Absent where every service has a port of its own. */
  proxyPorts?(target: Pick<StoredTarget, "settings">): { httpPort: number; httpsPort: number };
}

/** How a person describes a target of a kind. */
export interface Description<New extends NewTarget = NewTarget, Test extends TargetTest = TargetTest> {
  readonly schema: z.ZodObject;
  /** Throws a problem with the wrong fields. */
  create(input: New): Promise<Taken>;
  /** Checks a target that is not stored. Keys that the draft leaves out are those of `known`. */
  test(draft: Test, known: TargetRow | null): Promise<TargetCheck>;
  /** A change of how the target is reached. Throws a problem with the wrong fields. */
  change(target: TargetRow, change: TargetChange): Promise<ReachChange>;
}

/** A new target, ready to be stored. */
export interface Taken {
  columns: Pick<Prisma.TargetUncheckedCreateInput, "id" | "settings" | "sealedSecrets" | "hostKey">;
  /** For the audit trail: nothing that is encrypted. */
  facts: Prisma.InputJsonObject;
}

/** A change of how a target is reached, ready to be stored. */
export interface ReachChange {
  columns: Prisma.TargetUncheckedUpdateInput;
  /** For the audit trail: each fact with its old and new value, nothing that is encrypted. */
  details: Prisma.InputJsonObject;
  /** Set where the change would leave the target's services behind: the field, and the code of its error. */
  onlyWithoutServices?: { field: string; code: string };
}

/** A target that was connected to. */
export interface Connection {
  /** What drivers of this kind of target work on, in each driver's own type (`Access` in lib/drivers/driver.ts). */
  readonly access: object;
  /** The same for a host; null for a platform, which runs no commands. */
  readonly host: HostPlace | null;
  /** Rejects when the target does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Everything on a target that Landfall created, regardless of its owner. */
export interface Inventory {
  list(): Promise<{ things: OwnedThing[]; problems: Problem[] }>;
  /** Sizes of folders in bytes, by path. */
  measure(paths: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** The columns of any target's row that say how it is reached. */
export interface StoredTarget {
  id: string;
  name: string;
  kind: string;
  settings: unknown;
  sealedSecrets: string | null;
  hostKey: string | null;
}

/** A target's row as commands read it (target-store.ts). */
export interface TargetRow extends StoredTarget {
  kind: KindName;
  settings: Prisma.JsonObject;
  concurrency: number;
  grants: Grants;
  isolates: boolean;
  readOnly: boolean;
  disabledAt: Date | null;
}

/** The columns of a target's row that a view needs. */
export type ShownTarget = Pick<StoredTarget, "settings" | "hostKey"> & { circuitOpenUntil: Date | null };

/** The secrets of a target of any kind are encrypted for this column of its row. */
export function targetPlace(id: string): SealPlace {
  return { table: "target", column: "sealed_secrets", id };
}

/** A failed check that found nothing but its cause. */
export function failedCheck(problem: ProblemData): TargetCheck {
  return {
    ok: false,
    tools: {},
    diskFreeBytes: null,
    diskTotalBytes: null,
    memoryFreeBytes: null,
    memoryTotalBytes: null,
    cores: null,
    os: null,
    latencyMs: null,
    version: null,
    preflight: [],
    problem,
  };
}

export function unreachable(target: Pick<StoredTarget, "name">, detail: string): Problem {
  return new Problem("host-unreachable", { params: { target: target.name }, detail });
}

/** A server that the environment no longer names. */
export function unset(target: Pick<StoredTarget, "name">): Problem {
  return new Problem("target-unset", { params: { target: target.name } });
}

/** For the audit trail: each fact that changed, with its old and new value. */
export function factsThatDiffer(was: Prisma.InputJsonObject, is: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const names = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, { from: was[name] ?? null, to: is[name] ?? null }]));
}

const OF_ANY_KIND: readonly string[] = ["name", "concurrency", "disabled", "grants"];

/** The fields of a change that say how a target is reached: each kind has its own. */
export function reachFields(change: TargetChange): (keyof TargetChange)[] {
  const fields = Object.keys(given(change)) as (keyof TargetChange)[];
  return fields.filter((field) => !OF_ANY_KIND.includes(field));
}

/** The fields that were given a value. */
export function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
