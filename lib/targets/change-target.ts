import { isDeepStrictEqual } from "node:util";
import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { TargetChange, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { type Prisma, type Tx, transaction } from "@/lib/db/client";
import { refreshTargetCheck } from "./check-target";
import { verifyHostKeys } from "./host-key";
import { sshFacts } from "./ssh-facts";
import { type SshTarget, toSshColumns, toSshTarget } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import type { TargetRow } from "./target-row";
import {
  countServicesOn,
  findTargetRow,
  findTargetView,
  lockTarget,
  lockTargetList,
  updateTarget,
} from "./target-store";

/**
 * How many deployments may run there at once and whether any may can be changed on every target. How it is reached is
 * the environment's to say on read-only rows, but for one thing: that its host key is the right one.
 */
export async function changeTarget(name: string, change: TargetChange, actor: Actor): Promise<TargetView> {
  authorize(actor, "target:write");
  const target = await findTargetRow(name);
  if (!target) throw new Problem("not-found");
  const ssh = changesReach(change) ? changedReach(target, change) : null;
  if (ssh && mustBeVerified(ssh)) await verifyHostKeys(ssh.after);
  const isDone = await transaction((tx) => changeIn(tx, target, change, ssh, actor));
  // Somebody changed how it is reached while its key was asked for: begin again from what it is now.
  if (!isDone) return changeTarget(name, change, actor);
  if (ssh) await refreshTargetCheck(change.name ?? name);
  const changed = await findTargetView(target.id);
  if (!changed) throw new Problem("not-found");
  return changed;
}

interface ReachChange {
  before: SshTarget;
  after: SshTarget;
}

const REACH = ["host", "port", "user", "key", "hostKey", "jump", "base", "publicHost"] as const;

function changesReach(change: TargetChange): boolean {
  return REACH.some((field) => change[field] !== undefined);
}

function changedReach(target: TargetRow, change: TargetChange): ReachChange {
  const before = target.kind === "ssh" ? toSshTarget(target) : null;
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const isOnlyConfirmed = REACH.every((field) => field === "hostKey" || change[field] === undefined);
  if (target.readOnly && (!isOnlyConfirmed || before.settings.isHostKeyFixed))
    throw new Problem("read-only", { params: { name: target.name } });
  const hostKey = change.hostKey ?? before.hostKey;
  if (target.readOnly) return { before, after: { ...before, hostKey } };
  const { settings } = before;
  const kept = settings.jump && { ...settings.jump, key: undefined };
  const jump = change.jump === undefined ? kept : change.jump;
  return { before, after: takeSsh({ ...settings, ...given(change), key: change.key, jump, hostKey }, before) };
}

function given({ host, port, user, base, publicHost }: TargetChange) {
  return Object.fromEntries(
    Object.entries({ host, port, user, base, publicHost }).filter(([, value]) => value !== undefined),
  );
}

/** Another way there, or another key that somebody confirmed. */
function mustBeVerified({ before, after }: ReachChange): boolean {
  const wayOf = ({ settings: { host, port, jump }, hostKey }: SshTarget) => {
    return { host, port, hostKey, jump: jump && { host: jump.host, port: jump.port, hostKey: jump.hostKey } };
  };
  return !isDeepStrictEqual(wayOf(before), wayOf(after));
}

async function changeIn(
  tx: Tx,
  seen: TargetRow,
  change: TargetChange,
  ssh: ReachChange | null,
  actor: Actor,
): Promise<boolean> {
  if (change.name !== undefined && change.name !== seen.name) await refuseName(tx, seen, change.name);
  const target = await lockTarget(tx, seen.name);
  if (!target) throw new Problem("not-found");
  if (ssh && !isReachedAlike(target, seen)) return false;
  if (ssh && ssh.before.settings.base !== ssh.after.settings.base) await refuseBase(tx, target);
  if (change.disabled === false) refuseGone(target);
  const columns = { ...columnsOf(change, target), ...(ssh && toSshColumns(ssh.after)) };
  const details = { ...detailsOf(change, target), ...(ssh && factsThatDiffer(ssh)) };
  if (Object.keys(columns).length === 0) return true;
  await updateTarget(tx, target.id, columns);
  if (Object.keys(details).length > 0)
    await audit(tx, actor, "target.change", { type: "target", id: target.id, name: target.name }, details);
  return true;
}

async function refuseName(tx: Tx, { name, readOnly }: TargetRow, wanted: string): Promise<void> {
  if (readOnly) throw new Problem("read-only", { params: { name } });
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === wanted)) throw fieldProblem(["name"], "name-taken", { name: wanted });
}

/** What the environment does not name any more cannot be reached, so it takes nothing. */
function refuseGone(target: TargetRow): void {
  if (target.kind !== "ssh" || toSshTarget(target)?.settings.goneAt == null) return;
  throw new Problem("read-only", { params: { name: target.name } });
}

/** Its services' releases lie there. */
async function refuseBase(tx: Tx, { id, name }: TargetRow): Promise<void> {
  const services = await countServicesOn(tx, id);
  if (services === 0) return;
  const fields = [{ path: ["base"], code: "base-in-use", message: "base-in-use" }];
  throw new Problem("target-in-use", { params: { target: name, services }, fields });
}

function isReachedAlike(a: TargetRow, b: TargetRow): boolean {
  const reachOf = ({ settings, hostKey, sealedSecrets }: TargetRow) => ({ settings, hostKey, sealedSecrets });
  return isDeepStrictEqual(reachOf(a), reachOf(b));
}

function columnsOf({ name, concurrency, disabled }: TargetChange, target: TargetRow) {
  const isDisabled = target.disabledAt !== null;
  return {
    ...(name !== undefined && name !== target.name && { name }),
    ...(concurrency !== undefined && concurrency !== target.concurrency && { concurrency }),
    ...(disabled !== undefined && disabled !== isDisabled && { disabledAt: disabled ? new Date() : null }),
  };
}

function detailsOf(change: TargetChange, target: TargetRow): Prisma.InputJsonObject {
  const { disabledAt, ...columns } = columnsOf(change, target);
  return { ...columns, ...(disabledAt !== undefined && { disabled: disabledAt !== null }) };
}

/** Each from what to what; of keys their fingerprints. */
function factsThatDiffer({ before, after }: ReachChange): Prisma.InputJsonObject {
  const was = sshFacts(before);
  const is = sshFacts(after);
  const names = (Object.keys(is) as (keyof typeof is)[]).filter((name) => !isDeepStrictEqual(was[name], is[name]));
  return Object.fromEntries(names.map((name) => [name, { from: was[name], to: is[name] }]));
}
