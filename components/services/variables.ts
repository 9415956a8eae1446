import { readEnvFile } from "@/lib/contracts/env-file";

/** A row of the environment form. The id is the row's own, because names change during typing. */
export interface Variable {
  id: number;
  name: string;
  value: string;
  /** Whether logs mask it; when absent, it is guessed from name and value. */
  secret?: boolean;
}

let lastId = 0;

export function newVariable(name = "", value = ""): Variable {
  lastId += 1;
  return { id: lastId, name, value };
}

/** Empty rows do not count. */
export function filledVariables(rows: readonly Variable[]): Variable[] {
  return rows.filter(({ name, value }) => name.trim() !== "" || value !== "");
}

export function environmentOf(rows: readonly Variable[]): Record<string, string> {
  return Object.fromEntries(filledVariables(rows).map(({ name, value }) => [name.trim(), value]));
}

/** Only explicit choices; the server guesses the rest. */
export function secretsAmong(rows: readonly Variable[]): Record<string, boolean> {
  return Object.fromEntries(
    filledVariables(rows).flatMap(({ name, secret }) => (secret === undefined ? [] : [[name.trim(), secret]])),
  );
}

/** A press cycles through guessed, secret, not secret. */
export function nextChoice(secret: boolean | undefined): boolean | undefined {
  return secret === undefined ? true : secret ? false : undefined;
}

/** Names that occur twice: the last row would silently win. */
export function repeatedNames(rows: readonly Variable[]): Set<string> {
  const names = filledVariables(rows).map(({ name }) => name.trim());
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

/**
 * The variables of a pasted .env file; null for any other text, such as a name. A line that is no variable is a row too,
 * whose name is refused: nothing of the file is lost.
 */
export function parsePastedEnvFile(text: string): Variable[] | null {
  if (!/[=\n]/.test(text)) return null;
  const { variables, unreadable } = readEnvFile(text);
  if (variables.length === 0) return null;
  return [
    ...variables.map(([name, value]) => newVariable(name, value)),
    ...unreadable.map(({ text: line }) => newVariable(line.trim())),
  ];
}
