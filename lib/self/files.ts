import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { execute } from "./containers";
import { type Installation, readIfThere } from "./installation";
import { fileNames } from "./layout";
import { composeSettings, type Release, releaseFile, type Slot } from "./release";

/** The text files that make a release together with its image. */
export interface ReleaseFiles {
  compose: string;
  caddy: string;
  /** May hold secrets: 0600 wherever it lies, and never printed. */
  environment: string;
}

/** A release with all it consists of. */
export interface WholeRelease {
  release: Release;
  files: ReleaseFiles;
}

const KINDS = ["compose", "caddy", "environment"] as const satisfies (keyof ReleaseFiles)[];
const MODES: Record<keyof ReleaseFiles, number> = { compose: 0o644, caddy: 0o644, environment: 0o600 };

export function releaseFileOf(installation: Installation, timestamp: string): string {
  return join(installation.folderOf(timestamp), ".release.env");
}

/** What is in force now; null where a file is missing. */
export function readPresentFiles(installation: Installation): Promise<ReleaseFiles | null> {
  return readFiles(installation, installation.layout.directory);
}

/** What a release consisted of; null when its folder is gone or not whole. */
export function readKeptFiles(installation: Installation, timestamp: string): Promise<ReleaseFiles | null> {
  return readFiles(installation, installation.folderOf(timestamp));
}

async function readFiles({ host, environment }: Installation, folder: string): Promise<ReleaseFiles | null> {
  const names = fileNames(environment);
  const [compose, caddy, settings] = await Promise.all(
    KINDS.map((kind) => readIfThere(host, join(folder, names[kind]))),
  );
  if (typeof compose !== "string" || typeof caddy !== "string" || typeof settings !== "string") return null;
  return { compose, caddy, environment: settings };
}

/** Writes a release into its folder, whole. The same again is no harm. */
export async function keepRelease(installation: Installation, whole: WholeRelease, slot: Slot): Promise<void> {
  const { host, environment } = installation;
  const { release, files } = whole;
  const names = fileNames(environment);
  const folder = installation.folderOf(release.timestamp);
  for (const kind of KINDS) await host.writeFile(join(folder, names[kind]), files[kind], { mode: MODES[kind] });
  await writeReleaseFile(installation, releaseFileOf(installation, release.timestamp), whole, slot);
}

/** Says which image serves in which slot, for every compose call from now on. */
export async function adoptRelease(installation: Installation, whole: WholeRelease, slot: Slot): Promise<void> {
  await writeReleaseFile(installation, installation.layout.releaseFile, whole, slot);
}

async function writeReleaseFile(
  { host, layout }: Installation,
  path: string,
  whole: WholeRelease,
  slot: Slot,
): Promise<void> {
  const before = await readIfThere(host, layout.releaseFile);
  const text = releaseFile(whole.release, slot, composeSettings(whole.files, before));
  await host.writeFile(path, text, { mode: 0o600 });
}

/**
 * Puts a release's files in force. Containers that run go on with what they were started with, but for Caddy, which
 * takes its new file over without dropping a connection.
 */
export async function placeFiles(installation: Installation, files: ReleaseFiles, signal: AbortSignal): Promise<void> {
  const { host, environment, layout } = installation;
  const names = fileNames(environment);
  const before = await readIfThere(host, join(layout.directory, names.caddy));
  for (const kind of ["compose", "environment"] as const)
    await host.writeFile(join(layout.directory, names[kind]), files[kind], { mode: MODES[kind] });
  if (before === files.caddy) return;
  await writeInPlace(installation, join(layout.directory, names.caddy), files.caddy, signal);
  if (before !== null) await reloadCaddy(installation, signal);
}

/** Caddy's container holds this very file: one that took its name would be seen only after a restart. */
async function writeInPlace({ host }: Installation, path: string, content: string, signal: AbortSignal) {
  const args = ["sh", "-c", 'cat >"$1" && chmod 644 "$1"', "sh", path] as const;
  const { exitCode, stderr } = await host.run({ args }, { stdin: content, signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "sh" }, detail: stderr.trim() });
}

const RELOAD = ["caddy", "reload", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"];

async function reloadCaddy(installation: Installation, signal: AbortSignal): Promise<void> {
  const engine = await installation.engine();
  for (const { id } of (await installation.containers("caddy", signal)).filter(({ isRunning }) => isRunning)) {
    const reloaded = await execute(engine, id, RELOAD, signal);
    if (reloaded?.exitCode !== 0)
      throw new Problem("cannot-update", {
        detail: `Caddy does not take the new ${fileNames(installation.environment).caddy}: ${lastLine(reloaded?.stderr ?? "it does not run")}`,
      });
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** After a first install that came to nothing. Secrets and data stay. */
export async function removeFiles({ host, environment, layout }: Installation): Promise<void> {
  const names = fileNames(environment);
  for (const kind of KINDS) await host.remove(join(layout.directory, names[kind]));
  await host.remove(layout.releaseFile);
}
