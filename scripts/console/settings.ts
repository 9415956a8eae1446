import { chmodSync } from "node:fs";
import { join, resolve } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { type Env, isSecretSetting, readEnv, withFiles } from "@/lib/platform/env";
import { FRUGAL_MALLOC } from "../frugal.mjs";
import { keepSecretKey } from "./secret-key";

/** A placeholder for the address of the embedded database; it only serves to validate the other settings. */
const NOT_KNOWN_YET = "postgresql://embedded";

export interface Settings extends Env {
  /** Undefined: the embedded database is used. */
  givenDatabaseUrl: string | undefined;
  /** Where people open the console. */
  address: string;
}

/** Validates all settings together and creates the key. Relative paths are relative to the clone. */
export function readSettings({
  root,
  dataDirectory,
  development,
}: {
  root: string;
  dataDirectory: string;
  development: boolean;
}): Settings {
  takeFromFiles();
  const given = process.env.DATABASE_URL || undefined;
  process.env.LANDFALL_DATA_DIR = dataDirectory;
  process.env.LANDFALL_SOURCE_ROOTS ||= join(root, "examples");
  keepKeys(dataDirectory);
  if (process.getuid?.() === 0) chmodSync(dataDirectory, 0o711); // the Postgres user must reach its directory below
  const env = checked(() =>
    readEnv({
      ...process.env,
      NODE_ENV: development ? "development" : "production",
      DATABASE_URL: given ?? NOT_KNOWN_YET,
    }),
  );
  process.env.LANDFALL_SOURCE_ROOTS = env.LANDFALL_SOURCE_ROOTS.join(":"); // children work elsewhere
  return { ...env, givenDatabaseUrl: given, address: env.NEXTAUTH_URL ?? `http://${publicName(env.HOST)}:${env.PORT}` };
}

/** Reads secrets from files once, for all processes. They read the file with the keys again, as it may change. */
function takeFromFiles(): void {
  const { LANDFALL_SECRET_KEY_FILE: _, ...source } = process.env;
  const given = checked(() => withFiles(source as NodeJS.ProcessEnv));
  for (const name of Object.keys(source)) if (!(name in given)) delete process.env[name];
  Object.assign(process.env, given);
}

function keepKeys(dataDirectory: string): void {
  const { LANDFALL_SECRET_KEY: keys, LANDFALL_SECRET_KEY_FILE: file } = process.env;
  if (!keys) process.env.LANDFALL_SECRET_KEY_FILE = resolve(file || keepSecretKey(dataDirectory));
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Problem("cannot-start", { detail: error instanceof Error ? error.message : String(error), cause: error });
  }
}

/** A browser cannot open the wildcard address; loopback is shown by its name. */
function publicName(host: string): string {
  if (["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** Splits an environment into its plain variables and its secrets. */
export function apartFromSecrets(env: NodeJS.ProcessEnv) {
  const [secrets, plain] = [true, false].map((isSecret) =>
    Object.fromEntries(Object.entries(env).filter(([name]) => isSecretSetting(name) === isSecret)),
  ) as [Record<string, string>, NodeJS.ProcessEnv];
  return { plain, secrets };
}

/** The environment of the console's processes: ours, without npm's variables, plus the settings. */
export function childEnvironment(settings: Settings, databaseUrl: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|DATABASE_OWNER_)/.test(name));
  return {
    ...Object.fromEntries(own),
    NODE_ENV: settings.NODE_ENV,
    DATABASE_URL: databaseUrl,
    ...FRUGAL_MALLOC,
    LANDFALL_CONSOLE_PID: String(process.pid), // read by scripts/end-with-parent.mjs
    NEXT_TELEMETRY_DISABLED: "1",
    PORT: String(settings.PORT),
    HOST: settings.HOST,
    HOSTNAME: settings.HOST, // the address that Next's server listens on
    NEXTAUTH_URL: settings.address,
  };
}
