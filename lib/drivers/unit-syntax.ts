/**
 * The one place where values become the text of systemd's files (systemd.syntax, systemd.exec), as `quote` does for a
 * shell. Every value written here arrives exactly; `isExpressible` identifies values that cannot be written.
 */

/** NUL, lone surrogates and Unicode's noncharacters: systemd accepts no value with one. */
export function isExpressible(value: string): boolean {
  return value.isWellFormed() && !/[\0\p{Noncharacter_Code_Point}]/u.test(value);
}

const NAMED: Record<string, string> = { "\\": "\\\\", '"': '\\"', "%": "%%" };

/** A word of a setting that takes words. Percent signs would be expanded (systemd's "specifiers"). */
export function unitWord(text: string): string {
  const escaped = text.replace(/[\\"%\p{Cc}]/gu, (character) => NAMED[character] ?? escapedControl(character));
  return `"${escaped}"`;
}

/** A word of a command, where a dollar would name a variable. */
export function commandWord(text: string): string {
  return unitWord(text.replaceAll("$", "$$$$"));
}

/** For settings that take the rest of the line unchanged. */
export function unitLine(text: string): string {
  return text.replaceAll("%", "%%");
}

/** For settings whose words have parts between colons. */
export function colonPart(text: string): string {
  return text.replaceAll(/[\\:]/g, "\\$&");
}

function escapedControl(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/** The content of an EnvironmentFile. Line ends may be inside quotes unescaped. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"$`]/g, "\\$&")}"\n`)
    .join("");
}
