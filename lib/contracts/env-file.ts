export interface EnvFile {
  /** In the file's order. */
  variables: [name: string, value: string][];
  /** Lines that are neither a variable nor a comment. The first line of the file is 1. */
  unreadable: { line: number; text: string }[];
}

/** Reads a .env file. A quoted value may have several lines. */
export function readEnvFile(text: string): EnvFile {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const file: EnvFile = { variables: [], unreadable: [] };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, begun = ""] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line) ?? [];
    const more = name === undefined ? null : continuationOf(begun, lines.slice(index + 1));
    if (name === undefined || more === null) {
      file.unreadable.push({ line: index + 1, text: line });
      continue;
    }
    file.variables.push([name, unquoted([begun, ...more].join("\n"))]);
    index += more.length;
  }
  return file;
}

/** The further lines of a value whose quote is still open; null when no line closes it, as the first one with a quote. */
function continuationOf(begun: string, following: readonly string[]): readonly string[] | null {
  const quote = /^\s*(["'])/.exec(begun)?.[1];
  if (!quote || QUOTED.test(begun.trim())) return [];
  const rest = begun.trim().slice(1);
  if (hasQuote(rest, quote)) return null;
  const end = following.findIndex((line) => hasQuote(line, quote));
  const last = following[end];
  if (last === undefined || !new RegExp(`^[^${quote}]*${quote}\\s*(#.*)?$`).test(last.replaceAll('\\"', "")))
    return null;
  return following.slice(0, end + 1);
}

/** In double quotes, `\"` does not end the value. */
function hasQuote(text: string, quote: string): boolean {
  return text.replaceAll(quote === '"' ? '\\"' : "\0", "").includes(quote);
}

const QUOTED = /^(["'])(.*)\1\s*(?:#.*)?$/s;

/** Quotes are removed; in double quotes `\n` is a line end. Without quotes ` #` begins a comment. */
function unquoted(raw: string): string {
  const text = raw.trim();
  const quoted = QUOTED.exec(text);
  if (!quoted) return text.replace(/\s+#.*$/, "");
  const inner = quoted[2] ?? "";
  return quoted[1] === '"' ? inner.replaceAll("\\n", "\n").replaceAll('\\"', '"') : inner;
}
