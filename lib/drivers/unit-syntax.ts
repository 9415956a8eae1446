/**
 * The one place where values become the text of systemd's files (systemd.syntax, systemd.exec), as `quote` is for a
 * shell. Whatever goes through here arrives exactly; `isExpressible` tells what cannot.
 */

/** NUL, half characters and Unicode's noncharacters: systemd takes no value that has one. */
export function isExpressible(value: string): boolean {
  return value.isWellFormed() && !/[\0\p{Noncharacter_Code_Point}]/u.test(value);
}

const NAMED: Record<string, string> = { "\\": "\\\\", '"': '\\"', "%": "%%" };

/** A word of a setting that takes words. Percent signs would stand for something (systemd's "specifiers"). */
export function unitWord(text: string): string {
  const escaped = text.replace(/[\\"%\p{Cc}]/gu, (character) => NAMED[character] ?? escapedControl(character));
  return `"${escaped}"`;
}

/** A word of a command: there a dollar would name a variable. */
export function commandWord(text: string): string {
  return unitWord(text.replaceAll("$", "$$$$"));
}

/** For settings that take the rest of the line as it is. */
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

/** The content of an EnvironmentFile. Line ends may stand in quotes as they are. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"$`]/g, "\\$&")}"\n`)
    .join("");
}
