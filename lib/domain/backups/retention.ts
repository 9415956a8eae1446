import type { StoredArchive } from "./storage";

/** What the archives that are made before a restore begin with. */
export const SAFETY = "safety-";

/**
 * Which archives are no longer kept: all but the newest `keep`, and never the newest proven one. Those made before a
 * restore are counted apart, so that a day of restoring pushes no night's backup out.
 */
export function outdated(archives: readonly StoredArchive[], keep: number, proven: ReadonlySet<string>): string[] {
  const safety = archives.filter(({ name }) => name.startsWith(SAFETY));
  const others = archives.filter(({ name }) => !name.startsWith(SAFETY));
  return [safety, others].flatMap((kind) => {
    const names = kind.toSorted((a, b) => b.storedAt.getTime() - a.storedAt.getTime()).map(({ name }) => name);
    const rescue = names.find((name) => proven.has(name));
    return names.slice(keep).filter((name) => name !== rescue);
  });
}
