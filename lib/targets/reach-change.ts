import { isDeepStrictEqual } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import type { TargetChange, TargetKind } from "@/lib/contracts/target";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { Secret } from "@/lib/platform/secrets/secret";
import { type DokployTargetSettings, dokployFacts, toDokployColumns, toDokployTarget } from "./dokploy-target";
import { verifyHostKeys } from "./host-key";
import { type SshTarget, sshFacts, toSshColumns, toSshTarget } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import type { TargetRow } from "./target-row";
import { countServicesOn } from "./target-store";

/** A change of how a target is reached, ready to be stored. */
export interface ReachChange {
  columns: Prisma.TargetUncheckedUpdateInput;
  /** For the audit trail: each fact with its old and new value, nothing that is encrypted. */
  details: Prisma.InputJsonObject;
  /** Throws what prevents the change, once the row is locked. */
  refuse?: (tx: Tx, target: TargetRow) => Promise<void>;
}

const ANYWHERE: readonly string[] = ["name", "concurrency", "disabled", "grants"];

export function reachFields(change: TargetChange): (keyof TargetChange)[] {
  const given = Object.entries(change).flatMap(([field, value]) => (value === undefined ? [] : field));
  return given.filter((field) => !ANYWHERE.includes(field)) as (keyof TargetChange)[];
}

/** How a target of each kind takes the change. */
const CHANGES: Record<TargetKind, (target: TargetRow, change: TargetChange) => Promise<ReachChange>> = {
  local: async ({ name }) => {
    throw new Problem("read-only", { params: { name } });
  },
  ssh: changedSsh,
  dokploy: changedDokploy,
};

export function changedReach(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  return CHANGES[target.kind](target, change);
}

const SSH_FIELDS = ["host", "port", "user", "key", "hostKey", "jump", "base", "publicHost"] as const;

/** At another address a server must show its confirmed host key. On a read-only server only that key can be changed. */
async function changedSsh(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  refuseForeignFields(change, SSH_FIELDS);
  const before = toSshTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const after = changedSshTarget(target, before, change);
  if (mustBeVerified(before, after)) await verifyHostKeys(after);
  const isMoved = before.settings.base !== after.settings.base;
  return {
    columns: toSshColumns(target.id, after),
    details: factsThatDiffer(sshFacts(before), sshFacts(after)),
    ...(isMoved && { refuse: refuseBase }),
  };
}

function changedSshTarget({ name, readOnly }: TargetRow, before: SshTarget, change: TargetChange): SshTarget {
  const isOnlyConfirmed = reachFields(change).every((field) => field === "hostKey");
  if (readOnly && (!isOnlyConfirmed || before.settings.isHostKeyFixed))
    throw new Problem("read-only", { params: { name } });
  const hostKey = change.hostKey ?? before.hostKey;
  if (readOnly) return { ...before, hostKey };
  const { settings } = before;
  const kept = settings.jump && { ...settings.jump, key: undefined };
  const jump = change.jump === undefined ? kept : change.jump;
  return takeSsh({ ...settings, ...givenOfSsh(change), key: change.key, jump, hostKey }, before);
}

function givenOfSsh({ host, port, user, base, publicHost }: TargetChange) {
  return Object.fromEntries(
    Object.entries({ host, port, user, base, publicHost }).filter(([, value]) => value !== undefined),
  );
}

/** The address, the jump host or the confirmed host key is another one. */
function mustBeVerified(before: SshTarget, after: SshTarget): boolean {
  const wayOf = ({ settings: { host, port, jump }, hostKey }: SshTarget) => {
    return { host, port, hostKey, jump: jump && { host: jump.host, port: jump.port, hostKey: jump.hostKey } };
  };
  return !isDeepStrictEqual(wayOf(before), wayOf(after));
}

/** The base cannot change while it has the releases of services. */
async function refuseBase(tx: Tx, { id, name }: TargetRow): Promise<void> {
  const services = await countServicesOn(tx, id);
  if (services === 0) return;
  const fields = [{ path: ["base"], code: "base-in-use", message: "base-in-use" }];
  throw new Problem("target-in-use", { params: { target: name, services }, fields });
}

const DOKPLOY_FIELDS = ["url", "apiKey", "httpPort", "httpsPort", "endpointMode", "repair"] as const;

/** Another address or key of a Dokploy server. The check that follows tells whether it works. */
async function changedDokploy(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  refuseForeignFields(change, DOKPLOY_FIELDS);
  const before = target.readOnly ? null : toDokployTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const apiKey = change.apiKey === undefined ? before.secrets.apiKey : new Secret(change.apiKey);
  const after = { settings: { ...before.settings, ...givenOfDokploy(change), goneAt: null }, secrets: { apiKey } };
  const isNewKey = !apiKey.equals(before.secrets.apiKey);
  return {
    columns: toDokployColumns(target.id, after),
    details: { ...factsThatDiffer(dokployFacts(before), dokployFacts(after)), ...(isNewKey && { apiKey: "changed" }) },
  };
}

function givenOfDokploy({ url, httpPort, httpsPort, endpointMode, repair }: TargetChange) {
  const all = { url, httpPort, httpsPort, endpointMode, repair };
  const fields = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as Partial<DokployTargetSettings>;
}

/** Throws one problem that names every field that this kind of target does not have. */
function refuseForeignFields(change: TargetChange, own: readonly (keyof TargetChange)[]): void {
  const fields = reachFields(change)
    .filter((field) => !own.includes(field))
    .map((field) => ({ path: [field], code: "unknown-field", message: "unknown-field" }));
  if (fields.length > 0) throw new Problem("invalid-request", { fields });
}

export function factsThatDiffer(was: Prisma.InputJsonObject, is: Prisma.InputJsonObject): Prisma.InputJsonObject {
  const names = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, { from: was[name] ?? null, to: is[name] ?? null }]));
}
