/** What Landfall has to know of a Dockerfile before it is built; everything else is the builder's. */
export interface Dockerfile {
  /** In their order; null for one without a name. */
  stages: readonly (string | null)[];
  /** The first thing in it that only BuildKit understands. */
  buildKitOnly: { line: number; syntax: string } | null;
}

interface Instruction {
  line: number;
  name: string;
  rest: string;
}

const FLAGS: Record<string, RegExp> = {
  RUN: /(?:^|\s)(--(?:mount|network|security))=/,
  COPY: /(?:^|\s)(--(?:link|chmod|parents|exclude))\b/,
  ADD: /(?:^|\s)(--(?:link|chmod|checksum|keep-git-dir|exclude))\b/,
  FROM: /^--platform=\S*(\$\{?(?:BUILD|TARGET)PLATFORM)\b/,
};
/** Begins a word, as the builder reads it: `$((1<<SHIFT))` is arithmetic. */
const HEREDOC = /(?:^|\s)\d*<<(?!<)-?(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/;

export function readDockerfile(text: string): Dockerfile {
  const instructions = instructionsOf(text);
  const from = instructions.filter(({ name }) => name === "FROM");
  const only = instructions.flatMap((instruction) => {
    const syntax = buildKitSyntax(instruction);
    return syntax === null ? [] : [{ line: instruction.line, syntax }];
  });
  return { stages: from.map(({ rest }) => /\sAS\s+(\S+)\s*$/i.exec(rest)?.[1] ?? null), buildKitOnly: only[0] ?? null };
}

/** By its name, whatever its capitals. Not every builder takes a number. */
export function hasStage({ stages }: Dockerfile, wanted: string): boolean {
  return stages.some((stage) => stage?.toLowerCase() === wanted.toLowerCase());
}

function buildKitSyntax({ name, rest }: Instruction): string | null {
  const flags = /^(?:--\S+\s+)*(?:--\S+)?/.exec(rest)?.[0] ?? "";
  const flag = FLAGS[name]?.exec(flags)?.[1];
  if (flag !== undefined) return `${name} ${flag}`;
  return hasHeredoc(name) && HEREDOC.test(rest) ? `${name} <<` : null;
}

function hasHeredoc(name: string): boolean {
  return name === "RUN" || name === "COPY" || name === "ADD";
}

/** One for each, however many lines it takes; comments and what a heredoc holds are none. */
function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const continuation = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 5).join("\n")) ? "`" : "\\";
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    const { whole, next } = readWhole(lines, at, continuation);
    const [, name = "", rest = ""] = /^([A-Za-z]+)\s+(.*)$/s.exec(whole) ?? [];
    const instruction = { line: at + 1, name: name.toUpperCase(), rest };
    if (name !== "") found.push(instruction);
    const end = hasHeredoc(instruction.name) ? HEREDOC.exec(rest)?.[2] : undefined;
    at = end === undefined ? next : endOfHeredoc(lines, next, end) + 1;
  }
  return found;
}

/** A line with those that continue it; comments and empty lines in between belong to nothing. */
function readWhole(lines: readonly string[], from: number, continuation: string): { whole: string; next: number } {
  let whole = "";
  for (let at = from; at < lines.length; at += 1) {
    const part = (lines[at] ?? "").trim();
    const isPassedOver = part.startsWith("#") || part === "";
    if (isPassedOver && at > from) continue;
    if (isPassedOver || !part.endsWith(continuation)) return { whole: isPassedOver ? "" : whole + part, next: at + 1 };
    whole += `${part.slice(0, -1)} `;
  }
  return { whole, next: lines.length };
}

function endOfHeredoc(lines: readonly string[], from: number, end: string): number {
  const at = lines.findIndex((line, index) => index >= from && line.trim() === end);
  return at === -1 ? lines.length : at;
}
