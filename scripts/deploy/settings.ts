import { parseEnv } from "node:util";
import { Problem } from "@/lib/contracts/problem";

const ABOUT_THE_SERVER = ["SERVER_HOST", "SERVER_PORT", "SERVER_USER", "SERVER_HOST_KEY", "SSH_KEY_PATH"];
const SECRET = /SECRET|PASSWORD|PASSPHRASE|TOKEN|(?<!HOST_)KEY(?!_PATH)|DATABASE_URL/;
const HOST = /^(?:([^@\s]+)@)?([^@\s]+?)(?::(\d+))?$/;

/**
 * Uses the server of an environment file as this process's server (lib/platform/env.ts). Other settings that the
 * console requires get a placeholder; nothing is logged.
 */
export function takeServer(text: string, host: string | undefined): void {
  const given = parseEnv(text);
  for (const name of ABOUT_THE_SERVER) {
    if (given[name]) process.env[name] = given[name];
    else delete process.env[name];
  }
  for (const name of Object.keys(process.env)) if (name.endsWith("_FILE")) delete process.env[name];
  process.env.LANDFALL_LOG_LEVEL = "silent";
  process.env.DATABASE_URL = "postgres://nobody@127.0.0.1:1/none";
  process.env.LANDFALL_SECRET_KEY = "0".repeat(64);
  if (host !== undefined) overrideHost(host);
}

function overrideHost(host: string): void {
  const [, user, name, port] = HOST.exec(host) ?? [];
  if (!name) throw new Problem("cannot-update", { detail: `--host is [user@]name[:port] or local, not ${host}.` });
  if (name === "local") {
    delete process.env.SERVER_HOST;
    return;
  }
  process.env.SERVER_HOST = name;
  if (user) process.env.SERVER_USER = user;
  if (port) process.env.SERVER_PORT = port;
}

/** The secret values of an environment file. */
export function secretsIn(text: string): string[] {
  return Object.entries(parseEnv(text)).flatMap(([name, value]) => {
    if (!value || !SECRET.test(name) || name.endsWith("_FILE")) return [];
    const password = name === "DATABASE_URL" ? URL.parse(value)?.password : undefined;
    return password ? [value, decodeURIComponent(password)] : [value];
  });
}
