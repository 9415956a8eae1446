import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { ServiceName } from "@/lib/contracts/service";
import { stagingPath } from "@/lib/hosts/unfinished";
import type { HostPlace, OwnedThing } from "../driver";
import { removeOldAssets } from "../lifecycle/old-assets";
import { releaseLayout, serviceDirectory } from "../release-layout";

/** The names that drivers use in a service's folder. A folder with any other name in it is not removed. */
const OURS = new Set(["environment", "home", "images", "log", "manifests", "releases", "serving.json", "volumes"]);
const DATA = "volumes";
const RELEASE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LIST = 'cd -- "$1" 2>/dev/null || exit 0; exec find . -mindepth 2 -maxdepth 3 -printf "%y %P\\0"';
const MEASURE_MS = 10_000;

export interface ServiceFolder {
  serviceName: string;
  releaseIds: string[];
  volumes: string[];
  /** Whether it has more than people's data, and only names of ours. */
  isOwn: boolean;
}

/** Parses the output of `find` in a base directory: type and path, ended by NUL. Other names are ignored. */
export function serviceFoldersIn(listing: string): ServiceFolder[] {
  const found = new Map<string, { type: string; names: string[] }[]>();
  for (const line of listing.split("\0").filter(Boolean)) {
    const [serviceName = "", ...names] = line.slice(2).split("/");
    if (!ServiceName.safeParse(serviceName).success) continue;
    found.set(serviceName, [...(found.get(serviceName) ?? []), { type: line.slice(0, 1), names }]);
  }
  return [...found].map(([serviceName, entries]) => toFolder(serviceName, entries));
}

function toFolder(serviceName: string, entries: { type: string; names: string[] }[]): ServiceFolder {
  const top = entries.filter(({ names }) => names.length === 1).map(({ names }) => names[0] ?? "");
  const foldersIn = (parent: string) =>
    entries.flatMap(({ type, names }) => (type === "d" && names[0] === parent && names[1] ? [names[1]] : []));
  return {
    serviceName,
    releaseIds: foldersIn("releases").filter((name) => RELEASE.test(name)),
    volumes: foldersIn(DATA),
    isOwn: top.some((name) => name !== DATA) && top.every((name) => OURS.has(name)),
  };
}

/** The folders of services and of their releases, and their data. */
export async function listFolders(place: HostPlace): Promise<OwnedThing[]> {
  const { exitCode, stdout, stderr } = await place.host.run(
    { args: ["sh", "-c", LIST, "sh", place.base] },
    { keepBytes: 16 * 1024 * 1024 },
  );
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "find" }, detail: stderr.trim() });
  return serviceFoldersIn(stdout).flatMap((folder) => thingsOf(place, folder));
}

function thingsOf(place: HostPlace, { serviceName, releaseIds, volumes, isOwn }: ServiceFolder): OwnedThing[] {
  const service = { ...place, serviceName };
  const directory = serviceDirectory(service);
  const thing = (kind: OwnedThing["kind"], name: string, path: string, remove: OwnedThing["remove"]): OwnedThing => ({
    id: `${kind}:${path}`,
    kind,
    name,
    serviceName,
    releaseId: null,
    bytes: null,
    path,
    remove,
  });
  return [
    ...releaseIds.map((releaseId) => ({
      ...thing("release-folder", `${serviceName}/${releaseId}`, releaseLayout(service, releaseId).directory, () =>
        removeRelease(service, releaseId),
      ),
      releaseId,
    })),
    ...volumes.map((name) => {
      const path = join(directory, DATA, name);
      return thing("volume", `${serviceName}/${name}`, path, () => removeVolume(service, path));
    }),
    ...(isOwn ? [thing("service-folder", serviceName, directory, () => removeFolder(service))] : []),
  ];
}

type Service = HostPlace & { serviceName: string };

async function removeRelease(service: Service, releaseId: string): Promise<void> {
  const { directory, manifest, environment } = releaseLayout(service, releaseId);
  const unit = environment.replace(/json$/, "env");
  for (const path of [directory, stagingPath(directory), manifest, environment, unit]) await service.host.remove(path);
}

async function removeVolume(service: Service, path: string): Promise<void> {
  await service.host.remove(path);
  await removeIfEmpty(service, join(serviceDirectory(service), DATA));
  await removeIfEmpty(service, serviceDirectory(service));
}

/** Removes everything but people's data. */
async function removeFolder(service: Service): Promise<void> {
  const directory = serviceDirectory(service);
  await removeOldAssets(service);
  for (const name of OURS) if (name !== DATA) await service.host.remove(join(directory, name));
  await removeIfEmpty(service, join(directory, DATA));
  await removeIfEmpty(service, directory);
}

async function removeIfEmpty({ host }: HostPlace, directory: string): Promise<void> {
  await host.run({ args: ["rmdir", "--ignore-fail-on-non-empty", "--", directory] });
}

/** The sizes in bytes of folders on a host, by path; empty if that takes too long. */
export async function measureFolders({ host }: HostPlace, paths: readonly string[]): Promise<Map<string, number>> {
  if (paths.length === 0) return new Map();
  const signal = AbortSignal.timeout(MEASURE_MS);
  const args = ["du", "--summarize", "--block-size=1", "--null", "--", ...paths] as const;
  const { stdout } = await host.run({ args: [...args] }, { signal }).catch((error: unknown) => {
    if (signal.aborted) return { stdout: "" };
    throw error;
  });
  const lines = stdout.split("\0").filter(Boolean);
  return new Map(lines.map((line) => [line.slice(line.indexOf("\t") + 1), Number.parseInt(line, 10)]));
}
