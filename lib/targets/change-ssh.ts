import { isDeepStrictEqual } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import type { TargetChange } from "@/lib/contracts/target";
import type { Tx } from "@/lib/platform/db/client";
import { verifyHostKeys } from "./host-key";
import { factsThatDiffer, type ReachChange, reachFields, refuseForeignFields } from "./reach-change";
import { type SshTarget, sshFacts, toSshColumns, toSshTarget } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import type { TargetRow } from "./target-row";
import { countServicesOn } from "./target-store";

const FIELDS = ["host", "port", "user", "key", "hostKey", "jump", "base", "publicHost"] as const;

/** A server over SSH must show its confirmed key at another address. Only that key can be confirmed on a read-only one. */
export async function changedSsh(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  refuseForeignFields(change, FIELDS);
  const before = toSshTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const after = changed(target, before, change);
  if (mustBeVerified(before, after)) await verifyHostKeys(after);
  const isMoved = before.settings.base !== after.settings.base;
  return {
    columns: toSshColumns(target.id, after),
    details: factsThatDiffer(sshFacts(before), sshFacts(after)),
    ...(isMoved && { refuse: refuseBase }),
  };
}

function changed({ name, readOnly }: TargetRow, before: SshTarget, change: TargetChange): SshTarget {
  const isOnlyConfirmed = reachFields(change).every((field) => field === "hostKey");
  if (readOnly && (!isOnlyConfirmed || before.settings.isHostKeyFixed))
    throw new Problem("read-only", { params: { name } });
  const hostKey = change.hostKey ?? before.hostKey;
  if (readOnly) return { ...before, hostKey };
  const { settings } = before;
  const kept = settings.jump && { ...settings.jump, key: undefined };
  const jump = change.jump === undefined ? kept : change.jump;
  return takeSsh({ ...settings, ...given(change), key: change.key, jump, hostKey }, before);
}

function given({ host, port, user, base, publicHost }: TargetChange) {
  return Object.fromEntries(
    Object.entries({ host, port, user, base, publicHost }).filter(([, value]) => value !== undefined),
  );
}

/** Another way there, or another key that somebody confirmed. */
function mustBeVerified(before: SshTarget, after: SshTarget): boolean {
  const wayOf = ({ settings: { host, port, jump }, hostKey }: SshTarget) => {
    return { host, port, hostKey, jump: jump && { host: jump.host, port: jump.port, hostKey: jump.hostKey } };
  };
  return !isDeepStrictEqual(wayOf(before), wayOf(after));
}

/** Its services' releases lie there. */
async function refuseBase(tx: Tx, { id, name }: TargetRow): Promise<void> {
  const services = await countServicesOn(tx, id);
  if (services === 0) return;
  const fields = [{ path: ["base"], code: "base-in-use", message: "base-in-use" }];
  throw new Problem("target-in-use", { params: { target: name, services }, fields });
}
