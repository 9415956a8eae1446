import { TargetKind as KindName } from "@/lib/contracts/target";
import { dokployKind } from "./dokploy/kind";
import type { Connection, StoredTarget, TargetKind } from "./kind";
import { localKind } from "./local";
import { sshKind } from "./ssh/kind";

const KINDS: Record<KindName, TargetKind> = { local: localKind, ssh: sshKind, dokploy: dokployKind };

/** Throws for a kind that this version does not have. */
export function kindOf({ kind }: { kind: string }): TargetKind {
  return KINDS[KindName.parse(kind)];
}

/** The names of the kinds of servers, which any worker can check. */
export const SERVER_KINDS = KindName.options.filter((kind) => KINDS[kind].isServer);

/** Connects to a target; the caller closes the connection. Throws host-unreachable or target-unset. */
export function connect(target: StoredTarget): Promise<Connection> {
  return kindOf(target).connect(target);
}

/** Can this process reach the target? This machine is reachable only from itself, servers from everywhere. */
export function isReachableFromHere(target: StoredTarget): Promise<boolean> {
  return kindOf(target).isHere(target);
}

/** The queue in which deployments to the target wait for a worker that reaches it. */
export function deploymentQueue(target: Pick<StoredTarget, "kind" | "settings">): string {
  return kindOf(target).queue(target);
}

/** Runs `work` with a connection to the target, and closes the connection. */
export async function withConnection<T>(
  target: StoredTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(target);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
