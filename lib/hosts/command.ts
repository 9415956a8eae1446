/** The one place where a command becomes text. Everywhere else it stays a list of arguments. */

const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

/** Writes arguments so that a POSIX shell reads back exactly these. A NUL cannot be in an argument at all. */
export function quote(args: readonly string[]): string {
  return args.map(quoteOne).join(" ");
}

function quoteOne(arg: string): string {
  if (arg.includes("\0")) throw new RangeError("a command argument cannot contain a NUL character");
  return PLAIN.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}

/**
 * Lines for a script that reaches the shell through its standard input, so that no value is on a command line. With
 * `command`, a name that some shell keeps for itself (UID in bash) fails alone and does not end the script.
 */
export function exportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `command export ${name}=${quoteOne(value)}\n`)
    .join("");
}
