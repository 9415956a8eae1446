/**
 * During an update the old and the new version share one database, and a rollback runs the old version on the new
 * schema. So a migration only adds (expand). Removing is a later migration of its own (contract), whose file names the
 * released version since which nothing reads what it removes: `-- contract: unused since 0.2.0`.
 */
const MARK = /^--\s*contract:\s*unused since (\d+)\.(\d+)\.(\d+)\s*$/m;

const DESTRUCTIVE: readonly [RegExp, string][] = [
  [/\bDROP\s+(TABLE|COLUMN|TYPE|SCHEMA|VIEW)\b/i, "takes away what an older version reads"],
  [/\bRENAME\s+(TO|COLUMN|CONSTRAINT|VALUE)\b/i, "renames what an older version reads"],
  [/\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i, "changes the type of what an older version reads"],
  [/\bALTER\s+COLUMN\s+\S+\s+SET\s+NOT\s+NULL\b/i, "refuses rows as an older version writes them"],
  [/\b(TRUNCATE|DELETE\s+FROM)\b/i, "takes away rows"],
];
/** A new column of an existing table that has no default, so that an older version could not insert a row. */
const NEEDED_COLUMN = /\bADD\s+COLUMN\s+(?:(?!\bDEFAULT\b|,|;)[\s\S])*?\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)/i;

/** Why an older version could not run on this schema; empty when it can, or when the file is a contract step. */
export function breaksOlderVersions(sql: string, released: string): string[] {
  const mark = MARK.exec(sql);
  if (mark) return isAtMost(mark.slice(1).map(Number), released) ? [] : ["names a version that is not released yet"];
  const statements = sql.replaceAll(/--.*$/gm, "");
  const found = DESTRUCTIVE.filter(([pattern]) => pattern.test(statements)).map(([, why]) => why);
  return NEEDED_COLUMN.test(statements) ? [...found, "needs a value that an older version does not write"] : found;
}

function isAtMost(version: readonly number[], released: string): boolean {
  const limit = released.split(".").map(Number);
  for (const [index, part] of version.entries()) {
    if (part !== limit[index]) return part < (limit[index] ?? 0);
  }
  return true;
}
