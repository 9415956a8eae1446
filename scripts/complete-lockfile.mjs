/**
 * Adds to package-lock.json the packages of other platforms that npm omits when the registry in use lacks them: without
 * them `npm ci` refuses the lockfile on every machine. Run it after changing dependencies there.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "s390x", "wasm32", "x64"];

/** @typedef {{version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string>}} LockedPackage */

/**
 * Packages that another package names and the lockfile lacks, with the entry to add.
 * @param {Record<string, LockedPackage>} packages @returns {[path: string, line: LockedPackage][]}
 */
export function findMissing(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(packages, path, name))
      .map(
        ([name, version]) =>
          /** @type {[string, LockedPackage]} */ ([`node_modules/${name}`, lineFor(name, version, dev)]),
      ),
  );
}

/** Would this package resolve the dependency, in its own folder or in one above? */
function isLocked(
  /** @type {Record<string, LockedPackage>} */ packages,
  /** @type {string} */ path,
  /** @type {string} */ name,
) {
  const folders = path.split(/(?=node_modules\/)/).map((_, index, all) =>
    all
      .slice(0, index + 1)
      .join("")
      .replace(/\/$/, ""),
  );
  return ["", ...folders].some((folder) => `${folder && `${folder}/`}node_modules/${name}` in packages);
}

/** The platform is in the package's name, and must be in its entry: else npm would fetch it on every platform. */
function lineFor(/** @type {string} */ name, /** @type {string} */ version, /** @type {boolean | undefined} */ dev) {
  const words = (name.split("/").at(-1) ?? name).split("-");
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (cpu.length !== 1 || !/^\d/.test(version))
    throw new Error(`${name}@${version}: its platform or exact version cannot be told, add its line by hand`);
  const libc = words.includes("musl") ? ["musl"] : undefined;
  return {
    version,
    ...(cpu[0] === "wasm32" ? {} : { os }),
    cpu,
    ...(libc && { libc }),
    ...(dev && { dev }),
    optional: true,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const file = new URL("../package-lock.json", import.meta.url);
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = findMissing(lock.packages);
  const lines = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => a.localeCompare(b, "en"));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(lines) }, null, 2)}\n`);
  console.log(
    missing.length === 0 ? "complete" : `added ${missing.length}: ${missing.map(([path]) => path).join(", ")}`,
  );
}
