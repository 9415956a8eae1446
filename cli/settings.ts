import { chmod, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";
import { EXIT, Failure } from "./failure";

/** The only reader of the environment: which console the program talks to, and with which token. */
export interface Access {
  url: string;
  token: string;
}
type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;

const Stored = z.object({ url: z.url(), token: z.string().min(1) });
const OTHERS = 0o077;

export function settingsFile({ XDG_CONFIG_HOME, HOME }: Environment = environment): string {
  return join(XDG_CONFIG_HOME || join(HOME || homedir(), ".config"), "landfall", "config.json");
}

/** LANDFALL_URL and LANDFALL_TOKEN, and for those that are absent what `login` stored. */
export async function readAccess(env: Environment = environment): Promise<Access> {
  const stored = env.LANDFALL_URL && env.LANDFALL_TOKEN ? null : await readStored(settingsFile(env));
  const given = env.LANDFALL_URL ? addressOf(env.LANDFALL_URL) : undefined;
  const url = given ?? stored?.url;
  // A stored token is sent only to the console that it was stored for.
  const token = env.LANDFALL_TOKEN || (url === stored?.url ? stored?.token : undefined);
  if (url !== undefined && token) return { url, token };
  const missing = url === undefined ? "no console is known" : `there is no token for ${url}`;
  throw new Failure(
    `Not signed in: ${missing}. Run landfall login, or set LANDFALL_URL and LANDFALL_TOKEN.`,
    EXIT.access,
  );
}

/** Without a slash at the end. Throws a Failure for a text that is no address of a console. */
export function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.username === "")
    return url.origin + url.pathname.replace(/\/+$/, "");
  throw new Failure(`${text} is not the address of a console: write it like https://landfall.example.com.`, EXIT.usage);
}

async function readStored(file: string): Promise<Access | null> {
  const found = await stat(file).catch(() => null);
  if (found === null) return null;
  if (process.platform !== "win32" && (found.mode & OTHERS) !== 0)
    throw new Failure(`Other users can read ${file}, which holds a token: run chmod 600 on it.`, EXIT.access);
  const { data, error } = Stored.safeParse(parsedJson(await readFile(file, "utf8")));
  if (data) return data;
  throw new Failure(`${file} is damaged: run landfall login again.`, EXIT.access, { cause: error });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Readable by this user only, from its first byte. */
export async function storeAccess(access: Access, env: Environment = environment): Promise<string> {
  const file = settingsFile(env);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 });
  await chmod(beside, 0o600);
  await rename(beside, file);
  return file;
}
