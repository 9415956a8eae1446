import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { isTransient } from "@/lib/platform/db/transient";
import { callerOf } from "@/lib/web/auth/current-user";

/** How often a stream rechecks its reader's permission. */
export const RECHECK_MS = 15_000;

/** The reader of a stream or download, which ends when they lose the permission. */
export interface Reader {
  /** Streams are counted per person. */
  personId: string;
  mayStill(): Promise<boolean>;
}

/** Reads the subject again as `actor`, and throws what authorize() throws. */
export type SubjectCheck = (actor: Actor) => Promise<unknown>;

/**
 * A request's reader: their session or token is still valid, they still have the permission, and may still read the
 * subject. A recheck does not count as use of a session. While the database is unavailable, nothing is known to have
 * changed.
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
