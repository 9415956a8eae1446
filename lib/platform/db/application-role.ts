import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { Problem } from "@/lib/contracts/problem";

/*
 * Web and worker sign in to the database as a role that owns nothing in it: they read and write rows, and can neither
 * change nor remove the audit trail, nor the triggers that guard it. The tables belong to the role that migrates. What the
 * application may is granted to a group, so that a database that was restored beside the present one has it too.
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

/** How the application signs in. */
export interface ApplicationLogin {
  name: string;
  password: string;
}

export function loginOf(databaseUrl: string): ApplicationLogin {
  const { username, password } = new URL(databaseUrl);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Makes the role, or gives it the password that it signs in with now. It may make databases: that is how backups are proven. */
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

/** Gives the application its rights in this database; nothing where it signs in as the owner. Safe while it runs. */
export async function grantApplication(client: Client): Promise<void> {
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [APPLICATION]);
  if (rowCount === 0) return;
  await client.query(`BEGIN; ${GRANTS} COMMIT;`);
}

/** Another migrator may have made it at the same moment. */
async function createRole(client: Client, name: string): Promise<void> {
  await client.query(`CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`).catch((error: { code?: string }) => {
    if (error.code !== DUPLICATE) throw error;
  });
}
