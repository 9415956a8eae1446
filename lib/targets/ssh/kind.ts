import { isDeepStrictEqual } from "node:util";
import { v7 as uuidv7 } from "uuid";
import { Problem } from "@/lib/contracts/problem";
import { NewServer, type TargetChange, type TargetTest } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import { env } from "@/lib/platform/env";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { checkHost, hostConnection, hostKind } from "../host-target";
import {
  type Description,
  factsThatDiffer,
  given,
  type ReachChange,
  reachFields,
  type ShownTarget,
  type StoredTarget,
  type TargetKind,
  type TargetRow,
  unreachable,
  unset,
} from "../kind";
import { type SshTarget, SshTargetSettings, sshFacts, toSshColumns, toSshTarget, viewOfHostKey } from "./ssh-target";

/** A server that is reached over SSH, perhaps through a jump host. Nothing is sent to it before its host key was confirmed. */

const description: Description<NewServer, Extract<TargetTest, { kind: "ssh" }>> = {
  schema: NewServer,
  create: async (input) => {
    const { takeSsh, verifyHostKeys } = await import("./login");
    const ssh = takeSsh(input, null);
    await verifyHostKeys(ssh);
    const id = uuidv7();
    return { columns: { id, ...toSshColumns(id, ssh) }, facts: sshFacts(ssh) };
  },
  test: async (draft, known) => {
    const { takeSsh } = await import("./login");
    const ssh = takeSsh(draft, known && toSshTarget(known));
    return checkHost(() => openSsh(ssh));
  },
  change,
};

export const sshKind: TargetKind = {
  ...hostKind(openServer),
  description,
  isServer: true,
  get compareEveryMs() {
    return env.DRIFT_INTERVAL_MS;
  },
  health: "servers",
  isHere: async () => true,
  connect: async (target) => hostConnection(await openServer(target)),
  queue: () => ANY_WORKER,
  view: (row) => ({ ssh: viewOf(row), dokploy: null }),
};

async function openServer(target: StoredTarget): Promise<HostPlace> {
  const read = toSshTarget(target);
  if (!read) throw unreachable(target, "its settings say nothing of how it is reached");
  if (read.settings.goneAt !== null) throw unset(target);
  return openSsh(read);
}

async function openSsh(target: SshTarget): Promise<HostPlace> {
  const { openSshHost } = await import("@/lib/hosts/ssh/ssh-host");
  const { toSshSettings } = await import("./login");
  return { host: openSshHost(await toSshSettings(target)), base: target.settings.base };
}

function viewOf({ settings, hostKey }: ShownTarget) {
  const ssh = SshTargetSettings.safeParse(settings).data;
  if (!ssh) return null;
  const { goneAt: _, jump, ...shown } = ssh;
  return {
    ...shown,
    hostKey: hostKey === null ? null : viewOfHostKey(hostKey),
    jump: jump && { ...jump, hostKey: viewOfHostKey(jump.hostKey) },
  };
}

/** At another address a server must show its confirmed host key. On a read-only server only that key can be changed. */
async function change(target: TargetRow, change: TargetChange): Promise<ReachChange> {
  const before = toSshTarget(target);
  if (!before) throw new Problem("read-only", { params: { name: target.name } });
  const { takeSsh, verifyHostKeys } = await import("./login");
  const after = target.readOnly ? confirmed(target, before, change) : takeSsh(draftOf(before, change), before);
  if (mustBeVerified(before, after)) await verifyHostKeys(after);
  const isMoved = before.settings.base !== after.settings.base;
  return {
    columns: toSshColumns(target.id, after),
    details: factsThatDiffer(sshFacts(before), sshFacts(after)),
    ...(isMoved && { onlyWithoutServices: { field: "base", code: "base-in-use" } }),
  };
}

/** The same server with another confirmed host key: all that a person can change of a read-only one. */
function confirmed({ name }: TargetRow, before: SshTarget, change: TargetChange): SshTarget {
  const isOnlyConfirmed = reachFields(change).every((field) => field === "hostKey");
  if (!isOnlyConfirmed || before.settings.isHostKeyFixed) throw new Problem("read-only", { params: { name } });
  return { ...before, hostKey: change.hostKey ?? before.hostKey };
}

/** The server as a person would describe it with this change. Keys are omitted where the change gives none. */
function draftOf({ settings, hostKey }: SshTarget, change: TargetChange) {
  const { host, port, user, base, publicHost, key } = change;
  const known = settings.jump && { ...settings.jump, key: undefined };
  const jump = change.jump === undefined ? known : change.jump;
  const address = { ...settings, ...given({ host, port, user, base, publicHost }) };
  return { ...address, key, jump, hostKey: change.hostKey ?? hostKey };
}

/** Did the address, the jump host or a confirmed host key change? */
function mustBeVerified(before: SshTarget, after: SshTarget): boolean {
  const routeOf = ({ settings: { host, port, jump }, hostKey }: SshTarget) => {
    return { host, port, hostKey, jump: jump && { host: jump.host, port: jump.port, hostKey: jump.hostKey } };
  };
  return !isDeepStrictEqual(routeOf(before), routeOf(after));
}
