/**
 * While an update runs, the old version and the new one use one database, and a rollback runs the old one on the new
 * schema. So a migration only adds (expand). What takes away is a migration of its own, later (contract), whose file says
 * since which released version nothing reads what it takes: `-- contract: unused since 0.2.0`.
 */
const MARK = /^--\s*contract:\s*unused since (\d+)\.(\d+)\.(\d+)\s*$/m;

const DESTRUCTIVE: readonly [RegExp, string][] = [
  [/\bDROP\s+(TABLE|COLUMN|TYPE|SCHEMA|VIEW)\b/i, "takes away what an older version reads"],
  [/\bRENAME\s+(TO|COLUMN|CONSTRAINT|VALUE)\b/i, "renames what an older version reads"],
  [/\bALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE\b/i, "changes the type of what an older version reads"],
  [/\bALTER\s+COLUMN\s+\S+\s+SET\s+NOT\s+NULL\b/i, "refuses rows as an older version writes them"],
  [/\b(TRUNCATE|DELETE\s+FROM)\b/i, "takes away rows"],
];
/** A new column of a table that is there, without a value for rows of a version that does not know it. */
const NEEDED_COLUMN = /\bADD\s+COLUMN\s+(?:(?!\bDEFAULT\b|,|;)[\s\S])*?\bNOT\s+NULL\b(?![^,;]*\bDEFAULT\b)/i;

/** Why an older version could not go on beside this migration; none when it can, or when the file is a contract step. */
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
