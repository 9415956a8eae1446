import { chmodSync } from "node:fs";
import { join, resolve } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { type Env, isSecretSetting, readEnv, withFiles } from "@/lib/platform/env";
import { FRUGAL_MALLOC } from "../frugal.mjs";
import { keepSecretKey } from "./secret-key";

/** Stands where the address of the embedded database will be; only whether the rest can be used is asked with it. */
const NOT_KNOWN_YET = "postgresql://embedded";

export interface Settings extends Env {
  /** Undefined: an embedded one. */
  givenDatabaseUrl: string | undefined;
  /** Where people open the console. */
  address: string;
}

/** Checks every setting at once and makes the key. Paths that are relative are relative to the clone. */
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
  if (process.getuid?.() === 0) chmodSync(dataDirectory, 0o711); // the Postgres user passes through to its own
  const env = checked(() =>
    readEnv({
      ...process.env,
      NODE_ENV: development ? "development" : "production",
      DATABASE_URL: given ?? NOT_KNOWN_YET,
    }),
  );
  process.env.LANDFALL_SOURCE_ROOTS = env.LANDFALL_SOURCE_ROOTS.join(":"); // absolute now: children work elsewhere
  return { ...env, givenDatabaseUrl: given, address: env.NEXTAUTH_URL ?? `http://${publicName(env.HOST)}:${env.PORT}` };
}

/** Once for all processes of the console. The file with the keys may change while they run: they look into it. */
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

/** "Every address" and loopback are nothing to open in a browser. */
function publicName(host: string): string {
  if (["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** An environment without its secrets, and those. */
export function apartFromSecrets(env: NodeJS.ProcessEnv) {
  const [secrets, plain] = [true, false].map((isSecret) =>
    Object.fromEntries(Object.entries(env).filter(([name]) => isSecretSetting(name) === isSecret)),
  ) as [Record<string, string>, NodeJS.ProcessEnv];
  return { plain, secrets };
}

/** What the processes of the console are started with: ours, without what npm left in it, plus what was decided. */
export function childEnvironment(settings: Settings, databaseUrl: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|DATABASE_OWNER_)/.test(name));
  return {
    ...Object.fromEntries(own),
    NODE_ENV: settings.NODE_ENV,
    DATABASE_URL: databaseUrl,
    ...FRUGAL_MALLOC,
    LANDFALL_CONSOLE_PID: String(process.pid), // scripts/end-with-parent.mjs
    NEXT_TELEMETRY_DISABLED: "1",
    PORT: String(settings.PORT),
    HOST: settings.HOST,
    HOSTNAME: settings.HOST, // what Next's server listens on
    NEXTAUTH_URL: settings.address,
  };
}
