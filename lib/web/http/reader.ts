import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { isTransient } from "@/lib/platform/db/transient";
import { callerOf } from "@/lib/web/auth/current-user";

/** How often a stream asks again whether its reader may still read it. */
export const RECHECK_MS = 15_000;

/** Who a stream or a download is for: it ends when they may no longer read it. */
export interface Reader {
  /** Streams are counted by person. */
  personId: string;
  mayStill(): Promise<boolean>;
}

/** Asks for the subject again as `actor`, and throws what authorize() throws. */
export type SubjectCheck = (actor: Actor) => Promise<unknown>;

/**
 * The reader behind a request: its session or token still holds, its person still has the permission, and the subject is
 * still theirs to read. Asking again is no use of a session. While the database is away nothing is known to have changed.
 */
export function readerOf(request: Request, actor: Actor, permission: Action, subject?: SubjectCheck): Reader {
  const mayStill = async () => {
    try {
      const caller = await callerOf(request, { isUse: false });
      if (caller === null || caller.actor.id !== actor.id) return false;
      authorize(caller.actor, permission);
      await subject?.(caller.actor);
      return true;
    } catch (error) {
      if (error instanceof Problem && ["forbidden", "not-found", "second-factor-unset"].includes(error.code))
        return false;
      if (isTransient(error)) return true;
      throw error;
    }
  };
  return { personId: actor.id ?? "", mayStill };
}
