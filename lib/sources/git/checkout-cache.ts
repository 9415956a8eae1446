import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RevisionOf, SourceOf } from "@/lib/contracts/source";
import { env } from "@/lib/platform/env";
import { markUsed, pruneUnused, publish, removeWhole, unlessAbsent, withStaging } from "../shared-folders";
import type { MaterialiseContext, ReadContext } from "../source";
import { mirrorKey, sizeOf } from "./mirror";
import { checkOutRepository } from "./repository";
import { gitFolder, remoteOf, workshop } from "./workshop";

type GitSource = SourceOf<"git">;
type GitRevision = RevisionOf<"git">;

const CHECKOUT = /^[0-9a-f]{64}$/;

const checkoutsFolder = () => join(gitFolder(), "checkouts");

/** The folder of the commit, shared and read-only. */
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

function staged<T>(
  wanted: Parameters<typeof checkOutRepository>[1],
  { reader, signal }: ReadContext,
  work: (staging: string) => Promise<T>,
): Promise<T> {
  return withStaging(checkoutsFolder(), async (staging) => {
    await checkOutRepository(workshop(reader, signal), wanted, staging);
    return work(staging);
  });
}

/**
 * Removes the checkouts that this machine has not used for a day, the least recently used ones until the rest fits into
 * GIT_CACHE_MB, and what killed processes left unfinished.
 */
export async function pruneCheckouts(): Promise<void> {
  await evictCheckouts();
  await pruneUnused(checkoutsFolder(), CHECKOUT);
  await pruneUnused(join(gitFolder(), "mirrors"), /^\.new-/);
}

/** Never removes what a deployment that is still running may read. */
async function evictCheckouts(): Promise<void> {
  const names = ((await readdir(checkoutsFolder()).catch(unlessAbsent)) ?? []).filter((name) => CHECKOUT.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(checkoutsFolder(), name);
      const usedAt = (await lstat(path).catch(unlessAbsent))?.mtimeMs ?? 0;
      return { path, usedAt, bytes: await sizeOf(path) };
    }),
  );
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, usedAt, bytes } of found.toSorted((one, other) => one.usedAt - other.usedAt)) {
    const isInUse = Date.now() - usedAt < 2 * env.DEPLOY_TIMEOUT_MS;
    if (total <= env.GIT_CACHE_MB * 2 ** 20 || isInUse) return;
    await removeWhole(path);
    total -= bytes;
  }
}
