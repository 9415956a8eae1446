/** The variables of a .env file, in its order. Other lines, such as comments, are skipped. */
export function parseEnvFile(text: string): [name: string, value: string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, name, value = ""] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, unquoted(value)]];
  });
}

/** Quotes are removed; in double quotes `\n` is a line end. Without quotes ` #` begins a comment. */
function unquoted(raw: string): string {
  const text = raw.trim();
  const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(text);
  if (!quoted) return text.replace(/\s+#.*$/, "");
  const inner = quoted[2] ?? "";
  return quoted[1] === '"' ? inner.replaceAll("\\n", "\n").replaceAll('\\"', '"') : inner;
}
