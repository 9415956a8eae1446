import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { permitBinding } from "@/lib/domain/rotation/reseal";
import { ensureAdmin, type FirstAdmin } from "@/lib/domain/users/ensure-admin";
import { loginOf } from "@/lib/platform/db/application-role";
import { db } from "@/lib/platform/db/client";
import { migrate } from "@/lib/platform/db/migrate";
import { env } from "@/lib/platform/env";

const SEALING_PERMIT = "20261201030000_sealing_permit";

export interface Prepared {
  migrations: number;
  admin: FirstAdmin;
  /** The database has no deployments. */
  isEmpty: boolean;
}

/** Migrates the database to this code's schema and creates the first administrator. `root` contains prisma/. */
export async function prepareDatabase(root: string): Promise<Prepared> {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl = url } = env;
  const application = ownerUrl.equals(url) ? undefined : loginOf(url.reveal());
  const directory = join(root, "prisma/migrations");
  const { applied } = await migrate(ownerUrl.reveal(), { directory, application }).catch(explain);
  // Older versions sealed values without binding them to their place. Unbound values are unreadable: bind them once.
  if (applied.includes(SEALING_PERMIT) && (await db.user.count()) > 0) await permitBinding();
  const admin = await ensureAdmin();
  return { migrations: applied.length, admin, isEmpty: (await db.service.count()) === 0 };
}

/** The address may be shown, its password may not. */
function explain(error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof Problem || code === undefined) throw error;
  const { hostname, port, pathname } = new URL((env.DATABASE_OWNER_URL ?? env.DATABASE_URL).reveal());
  throw new Problem("cannot-start", {
    detail: `The database${pathname} at ${hostname}:${port || 5432} cannot be used (${code}): start it or correct DATABASE_URL, or unset that to use an embedded one.`,
    cause: error,
  });
}
