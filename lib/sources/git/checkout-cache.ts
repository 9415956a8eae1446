import { createHash, randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { RevisionOf, SourceOf } from "@/lib/contracts/source";
import { env } from "@/lib/platform/env";
import type { MaterialiseContext, ReadContext } from "../source";
import { mirrorKey, sizeOf } from "./mirror";
import { checkOutRepository } from "./repository";
import { gitFolder, remoteOf, workshop } from "./workshop";

type GitSource = SourceOf<"git">;
type GitRevision = RevisionOf<"git">;

/** Longer than any deployment takes, so that a running one keeps its folder. */
const KEPT_UNUSED_MS = 24 * 60 * 60 * 1_000;

const CHECKOUT = /^[0-9a-f]{64}$/;

const checkoutsFolder = () => join(gitFolder(), "checkouts");

/**
 * The folder of the commit, shared and read-only. Several processes may write the same one concurrently: each writes a
 * folder of its own, the first one to finish renames it, and the others use that.
 */
export async function checkoutOf(
  source: GitSource,
  revision: GitRevision,
  context: MaterialiseContext,
): Promise<string> {
  const { reader, signal, hasRoom } = context;
  const remote = await remoteOf(source.url, reader);
  const folder = source.path ?? "";
  // Whoever may reach private networks has submodules from there in the folder, and no one else reads it.
  const key = JSON.stringify([mirrorKey(remote), revision.commit, folder, reader.isAdministrator]);
  const place = join(checkoutsFolder(), createHash("sha256").update(key).digest("hex"));
  if (await markUsed(place)) return join(place, folder);
  await hasRoom?.({ path: checkoutsFolder(), bytes: null, what: "the files of the commit" });
  const wanted = { remote, commit: revision.commit, ref: revision.ref, folder };
  await staged(wanted, { reader, signal }, async (staging) => publish(staging, place));
  await evictCheckouts(place);
  return join(place, folder);
}

/** The files of a commit for as long as `work` takes, for those who only look at them. */
export async function withFiles<T>(
  source: GitSource,
  revision: GitRevision,
  context: ReadContext,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = source.path ?? "";
  const remote = await remoteOf(source.url, context.reader);
  const wanted = { remote, commit: revision.commit, ref: revision.ref, folder };
  return staged(wanted, context, (staging) => work(join(staging, folder)));
}

async function staged<T>(
  wanted: Parameters<typeof checkOutRepository>[1],
  { reader, signal }: ReadContext,
  work: (staging: string) => Promise<T>,
): Promise<T> {
  await mkdir(checkoutsFolder(), { recursive: true, mode: 0o700 });
  const staging = join(checkoutsFolder(), `.incoming-${randomUUID()}`);
  try {
    await checkOutRepository(workshop(reader, signal), wanted, staging);
    return await work(staging);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "ENOSPC" || code === "EDQUOT"
      ? new Problem("storage-full", { detail: message, cause: error })
      : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Sets the time of the folder, which is when it was last used. False when there is no such folder. */
async function markUsed(folder: string): Promise<boolean> {
  const now = new Date();
  return (await utimes(folder, now, now).catch(unlessAbsent)) !== null;
}

/** Another process may have been faster: its folder has the same content. */
async function publish(written: string, place: string): Promise<void> {
  await rename(written, place).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await markUsed(place);
}

/** Removes the checkouts that this machine has not used for a day, and what killed processes left unfinished. */
export async function pruneCheckouts(): Promise<void> {
  await removeUnused(checkoutsFolder(), CHECKOUT);
  await removeUnused(checkoutsFolder(), /^\.incoming-/);
  await removeUnused(join(gitFolder(), "mirrors"), /^\.(new|incoming)-/);
}

/** Removes the least recently used until the rest fits; never what a deployment that is still running may read. */
async function evictCheckouts(current: string): Promise<void> {
  const names = (await readdir(checkoutsFolder())).filter((name) => CHECKOUT.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(checkoutsFolder(), name);
      const usedAt = (await lstat(path).catch(unlessAbsent))?.mtimeMs ?? 0;
      return { path, usedAt, bytes: await sizeOf(path) };
    }),
  );
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, usedAt, bytes } of found.toSorted((one, other) => one.usedAt - other.usedAt)) {
    const isInUse = path === current || Date.now() - usedAt < 2 * env.DEPLOY_TIMEOUT_MS;
    if (total <= env.GIT_CACHE_MB * 2 ** 20 || isInUse) return;
    await remove(path);
    total -= bytes;
  }
}

async function removeUnused(folder: string, names: RegExp): Promise<void> {
  const found = (await readdir(folder).catch(unlessAbsent)) ?? [];
  for (const name of found.filter((name) => names.test(name))) {
    const path = join(folder, name);
    const seen = await lstat(path).catch(unlessAbsent); // another process was faster
    if (seen && Date.now() - seen.mtimeMs > KEPT_UNUSED_MS) await remove(path);
  }
}

/** Nobody finds a part of it meanwhile. */
async function remove(path: string): Promise<void> {
  const aside = join(dirname(path), `.incoming-${randomUUID()}`);
  if ((await rename(path, aside).catch(unlessAbsent)) !== null) await rm(aside, { recursive: true, force: true });
}

function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
