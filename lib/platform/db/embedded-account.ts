import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import type { Account } from "./shared-directory";

const run = promisify(execFile);

/** Postgres refuses to run as root; then it runs as this user, which is made when it is missing. */
const ACCOUNT_NAME = "postgres";

/** The user to run Postgres as; undefined when that is whoever we are. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await findAccount()) ?? (await createAccount());
}

async function findAccount(): Promise<Account | undefined> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const entry = lines.find(([name]) => name === ACCOUNT_NAME);
  return entry && { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function createAccount(): Promise<Account> {
  try {
    await run("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--shell",
      "/usr/sbin/nologin",
      ACCOUNT_NAME,
    ]);
  } catch (cause) {
    throw noAccount(cause);
  }
  const account = await findAccount();
  if (account === undefined) throw noAccount(undefined);
  return account;
}

function noAccount(cause: unknown): Problem {
  return new Problem("cannot-start", {
    detail: `Postgres does not run as root, and a user "${ACCOUNT_NAME}" for it could not be made: start Landfall as an ordinary user, or set DATABASE_URL.`,
    cause,
  });
}
