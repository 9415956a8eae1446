import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { db } from "@/lib/db/client";
import { migrate } from "@/lib/db/migrate";
import { env } from "@/lib/env";
import { ensureAdmin, type FirstAdmin } from "@/lib/users/ensure-admin";

export interface Prepared {
  migrations: number;
  admin: FirstAdmin;
  /** Nothing was ever deployed with it. */
  isEmpty: boolean;
}

/** Brings the database to this code's schema and makes the first administrator. `root` is the folder with prisma/. */
export async function prepareDatabase(root: string): Promise<Prepared> {
  const { applied } = await migrate(env.DATABASE_URL, { directory: join(root, "prisma/migrations") }).catch(explain);
  const admin = await ensureAdmin();
  return { migrations: applied.length, admin, isEmpty: (await db.service.count()) === 0 };
}

/** Where it is may be said, its password may not. */
function explain(error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof Problem || code === undefined) throw error;
  const { hostname, port, pathname } = new URL(env.DATABASE_URL);
  throw new Problem("cannot-start", {
    detail: `The database${pathname} at ${hostname}:${port || 5432} cannot be used (${code}): start it or correct DATABASE_URL, or unset that to use an embedded one.`,
    cause: error,
  });
}
