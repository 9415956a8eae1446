import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BackupStorage,
  ENDING,
  missing,
  type StoredArchive,
  SUM_ENDING,
  storageFailed,
  sumIn,
  sumLine,
} from "./storage";

/** Archives as files that only their owner may read. */
export function folderStorage(folder: string): BackupStorage {
  const pathOf = (name: string) => join(folder, `${name}${ENDING}`);
  const sumOf = (name: string) => join(folder, `${name}${SUM_ENDING}`);
  const said = <T>(work: () => Promise<T>) => work().catch(explain);
  return {
    kind: "folder",
    place: folder,
    list: () => said(() => listArchives(folder)),
    put: (name, file, sha256) =>
      said(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(sumOf(name), sumLine(name, sha256), { mode: 0o600 });
        await putWhole(file, pathOf(name));
      }),
    fetch: async (name) => {
      const found = await said(() => stat(pathOf(name)).catch(unlessThere));
      if (!found) throw missing(name);
      const sum = await said(() => readFile(sumOf(name), "utf8").catch(unlessThere));
      return { file: pathOf(name), sha256: sum ? sumIn(sum) : null };
    },
    remove: (name) =>
      said(async () => {
        await rm(pathOf(name), { force: true });
        await rm(sumOf(name), { force: true });
      }),
  };
}

async function listArchives(folder: string): Promise<StoredArchive[]> {
  const names = ((await readdir(folder).catch(unlessThere)) ?? []).filter((file) => file.endsWith(ENDING));
  return Promise.all(
    names
      .filter((file) => !file.startsWith("."))
      .map(async (file) => {
        const { size, mtime } = await stat(join(folder, file));
        return { name: file.slice(0, -ENDING.length), bytes: size, storedAt: mtime };
      }),
  );
}

/** Renamed only when completely on the disk: after a power failure no incomplete archive has a final name. */
async function putWhole(from: string, to: string): Promise<void> {
  const unfinished = `${to}.part`;
  await copyFile(from, unfinished);
  await chmod(unfinished, 0o600);
  const written = await open(unfinished, "r+");
  try {
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(unfinished, to);
}

function unlessThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

function explain(error: NodeJS.ErrnoException): never {
  throw storageFailed(error.message, error);
}
