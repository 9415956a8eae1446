import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { Problem } from "@/lib/contracts/problem";

/*
 * Web and worker sign in to the database as a role that owns nothing in it: they read and write rows, and can neither
 * change nor remove the audit trail or its triggers. The tables belong to the role that migrates. Permissions are
 * granted to a group role, so that they also exist in a database restored beside the current one.
 */
const APPLICATION = "landfall_application";
const DUPLICATE = "42710";
const INSUFFICIENT_PRIVILEGE = "42501";

const GRANTS = `
  GRANT USAGE ON SCHEMA public, pgboss TO ${APPLICATION};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, pgboss TO ${APPLICATION};
  GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public, pgboss TO ${APPLICATION};
  REVOKE UPDATE, DELETE ON audit_event FROM ${APPLICATION};
  REVOKE INSERT, UPDATE, DELETE ON "_prisma_migrations" FROM ${APPLICATION};`;

/** The credentials of the application's role. */
export interface ApplicationLogin {
  name: string;
  password: string;
}

export function loginOf(databaseUrl: string): ApplicationLogin {
  const { username, password } = new URL(databaseUrl);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Creates the role or updates its password. It may create databases, because restore tests of backups need them. */
export async function ensureApplicationLogin(client: Client, { name, password }: ApplicationLogin): Promise<void> {
  try {
    await createRole(client, APPLICATION);
    await createRole(client, name);
    await client.query(
      `ALTER ROLE ${escapeIdentifier(name)} LOGIN CREATEDB PASSWORD ${escapeLiteral(password)};
       GRANT ${APPLICATION} TO ${escapeIdentifier(name)}`,
    );
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new Problem("migration-failed", {
      params: { migration: name },
      detail: `The role ${name} of DATABASE_URL could not be set up: the role of DATABASE_OWNER_URL needs CREATEROLE and CREATEDB, or unset DATABASE_OWNER_URL to use one role for both.`,
      cause: error,
    });
  }
}

/** Grants the application its permissions in this database, unless it is the owner. Safe to repeat. */
export async function grantApplication(client: Client): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [APPLICATION]);
  if (rowCount === 0) return;
  await client.query(`BEGIN; ${GRANTS} COMMIT;`);
}

/** Another migrator may create it concurrently. */
async function createRole(client: Client, name: string): Promise<void> {
  await client.query(`CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`).catch((error: { code?: string }) => {
    if (error.code !== DUPLICATE) throw error;
  });
}
