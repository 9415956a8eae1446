/** The errors for a path that does not exist, for everything that reads this machine's disk. */

const ABSENT = new Set(["ENOENT", "ENOTDIR"]);
/** A path that a person wrote may also be impossible on any disk. */
const NOWHERE = new Set([...ABSENT, "ELOOP", "ENAMETOOLONG"]);

export function isAbsent(error: unknown): boolean {
  return ABSENT.has(codeOf(error));
}

/** For `.catch`: null for a path that does not exist; any other error is thrown again. */
export function unlessAbsent(error: unknown): null {
  if (isAbsent(error)) return null;
  throw error;
}

/** Is this the error of a path that does not exist or cannot exist? */
export function leadsNowhere(error: unknown): boolean {
  return NOWHERE.has(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
