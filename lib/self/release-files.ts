import { join } from "node:path";
import { isDeepStrictEqual, parseEnv } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { execute } from "./containers";
import { environmentSettings, fileNames, type Installation, readIfThere } from "./installation";
import { composeSettings, parseReleaseFile, type Release, releaseFile, type Slot, TIMESTAMP } from "./release";

/** The text files of a release; with its image they are the whole release. */
export interface ReleaseFiles {
  compose: string;
  caddy: string;
  /** May have secrets: always mode 0600, and never printed. */
  environment: string;
}

/** A release with its files. */
export interface WholeRelease {
  release: Release;
  files: ReleaseFiles;
}

const KINDS = ["compose", "caddy", "environment"] as const satisfies (keyof ReleaseFiles)[];
const MODES: Record<keyof ReleaseFiles, number> = { compose: 0o644, caddy: 0o644, environment: 0o600 };

export function releaseFileOf(installation: Installation, timestamp: string): string {
  return join(installation.folderOf(timestamp), ".release.env");
}

/** The installed files; null if one is missing. */
export function readPresentFiles(installation: Installation): Promise<ReleaseFiles | null> {
  return readFiles(installation, installation.layout.directory);
}

/** The files of an older release; null if its folder is gone or incomplete. */
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

/** Writes a release into its folder. Safe to repeat. */
export async function keepRelease(installation: Installation, whole: WholeRelease, slot: Slot): Promise<void> {
  const { host, environment } = installation;
  const { release, files } = whole;
  const names = fileNames(environment);
  const folder = installation.folderOf(release.timestamp);
  for (const kind of KINDS) await host.writeFile(join(folder, names[kind]), files[kind], { mode: MODES[kind] });
  await writeReleaseFile(installation, releaseFileOf(installation, release.timestamp), whole, slot);
}

/** Sets the release that every compose call uses from now on. */
export async function adoptRelease(installation: Installation, whole: WholeRelease, slot: Slot): Promise<void> {
  await writeReleaseFile(installation, installation.layout.releaseFile, whole, slot);
}

async function writeReleaseFile(
  { host, layout, environment }: Installation,
  path: string,
  whole: WholeRelease,
  slot: Slot,
): Promise<void> {
  const before = await readIfThere(host, layout.releaseFile);
  const settings = { ...composeSettings(whole.files, before), ...environmentSettings(environment) };
  const text = releaseFile(whole.release, slot, settings);
  await host.writeFile(path, text, { mode: 0o600 });
}

/**
 * Installs a release's files. Running containers keep what they were started with, except for Caddy, which reloads its file
 * without closing a connection.
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

/** Caddy's container has this very file mounted: it would see a file that replaces it only after a restart. */
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

/** Undoes a failed first install. Secrets and data stay. */
export async function removeFiles({ host, environment, layout }: Installation): Promise<void> {
  const names = fileNames(environment);
  for (const kind of KINDS) await host.remove(join(layout.directory, names[kind]));
  await host.remove(layout.releaseFile);
}

/** The timestamps of all releases with a folder on the server, newest first. */
export async function listReleases({ host, layout }: Installation): Promise<string[]> {
  if (!(await host.stat(layout.releases))) return [];
  return (await host.list(layout.releases))
    .filter((name) => TIMESTAMP.test(name))
    .sort()
    .reverse();
}

/** Null if the folder is gone or incomplete: such a release cannot be restored. */
export async function findRelease(installation: Installation, timestamp: string): Promise<WholeRelease | null> {
  const [text, files] = await Promise.all([
    readIfThere(installation.host, releaseFileOf(installation, timestamp)),
    readKeptFiles(installation, timestamp),
  ]);
  const kept = text === null ? null : parseReleaseFile(text);
  return kept && files ? { release: kept.release, files } : null;
}

/** The differences between the files of two releases, a line each: names, never values. */
export function describeChanges(from: ReleaseFiles, to: ReleaseFiles): string[] {
  const settings = changedSettings(from.environment, to.environment);
  return [
    ...(settings.length > 0 ? [`settings: ${settings.join(", ")}`] : []),
    ...(from.compose === to.compose ? [] : ["another compose file"]),
    ...(from.caddy === to.caddy ? [] : ["another Caddyfile"]),
  ];
}

function changedSettings(from: string, to: string): string[] {
  const [before, after] = [parseEnv(from), parseEnv(to)];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).sort();
}
