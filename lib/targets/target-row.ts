import type { DokployView } from "@/lib/contracts/dokploy";
import { Grants, type GrantsView, mayDeployTo } from "@/lib/contracts/grants";
import { can } from "@/lib/contracts/permission";
import type { SshView } from "@/lib/contracts/ssh";
import { TargetCheck, TargetKind, type TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import type { Prisma } from "@/lib/platform/db/client";
import { circuitOf } from "./circuit-store";
import { DokployTargetSettings } from "./dokploy-target";
import { SshTargetSettings, viewOfHostKey } from "./ssh-target";

/** How a target's row reads. */

/** What a driver's place is made from (place.ts). */
export interface TargetRow {
  id: string;
  name: string;
  kind: TargetKind;
  settings: Prisma.JsonObject;
  sealedSecrets: string | null;
  hostKey: string | null;
  concurrency: number;
  grants: Grants;
  isolates: boolean;
  readOnly: boolean;
  disabledAt: Date | null;
}

export const withServices = { _count: { select: { services: { where: { deletedAt: null } } } } } as const;
type Row = Prisma.TargetGetPayload<object>;
type CountedRow = Prisma.TargetGetPayload<{ include: typeof withServices }>;

export function toTargetRow(row: Row): TargetRow {
  const { id, name, sealedSecrets, hostKey, concurrency, readOnly, disabledAt } = row;
  const kind = TargetKind.parse(row.kind);
  const grants = toGrants(row);
  return {
    id,
    name,
    kind,
    settings: toSettings(row),
    sealedSecrets,
    hostKey,
    concurrency,
    grants,
    isolates: isolates(row),
    readOnly,
    disabledAt,
  };
}

export function toGrants({ grants }: Pick<Row, "grants">): Grants {
  return Grants.parse(grants);
}

/** Only on a machine of its own does Landfall maybe lack the right to give services users (ensure-targets.ts). */
export function isolates({ kind, settings }: Pick<Row, "kind" | "settings">): boolean {
  return kind !== "local" || toSettings({ settings }).isolates !== false;
}

/** Names of people by their ids. */
export type PeopleNames = ReadonlyMap<string, string>;

/** What everyone who may see targets sees: nothing that is encrypted, and no other person unless they see all people. */
export function toView(row: CountedRow, viewer: Actor, names: PeopleNames): TargetView {
  const { id, name, concurrency, readOnly, disabledAt, lastCheckAt } = row;
  return {
    id,
    name,
    kind: TargetKind.parse(row.kind),
    ssh: toSshView(row),
    dokploy: toDokployView(row),
    concurrency,
    mayDeploy: mayDeployTo(viewer, toGrants(row)) && (viewer.role === "admin" || isolates(row)),
    isolates: isolates(row),
    grants: toGrantsView(toGrants(row), viewer, names),
    readOnly,
    disabledAt: disabledAt?.toISOString() ?? null,
    services: row._count.services,
    // One that an older version wrote differently is as good as none: the next one comes within minutes.
    lastCheck: TargetCheck.nullable().catch(null).parse(row.lastCheck),
    lastCheckAt: lastCheckAt?.toISOString() ?? null,
  };
}

function toGrantsView({ people, ...grants }: Grants, viewer: Actor, names: PeopleNames): GrantsView {
  const shown = can(viewer, "user:read") ? people : people.filter((id) => id === viewer.id);
  return { ...grants, people: shown.map((id) => ({ id, name: names.get(id) ?? id })) };
}

function toSshView({ kind, settings, hostKey }: Row): SshView | null {
  const ssh = kind === "ssh" ? SshTargetSettings.safeParse(settings).data : undefined;
  if (!ssh) return null;
  const { goneAt: _, jump, ...shown } = ssh;
  return {
    ...shown,
    hostKey: hostKey === null ? null : viewOfHostKey(hostKey),
    jump: jump && { ...jump, hostKey: viewOfHostKey(jump.hostKey) },
  };
}

function toDokployView(row: Row): DokployView | null {
  const dokploy = row.kind === "dokploy" ? DokployTargetSettings.safeParse(row.settings).data : undefined;
  if (!dokploy) return null;
  const { goneAt: _, ...facts } = dokploy;
  return { ...facts, circuit: circuitOf(row) };
}

export function toSettings(row: Pick<Row, "settings">): Prisma.JsonObject {
  return row.settings as Prisma.JsonObject;
}
