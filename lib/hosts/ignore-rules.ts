import ignore from "ignore";
import { Problem } from "@/lib/contracts/problem";

/** The rules of an ignore file for a tree. Paths are relative and use `/`, without one at the end. */
export interface IgnoreRules {
  ignores(path: string, isDirectory: boolean): boolean;
  /** Whether a path inside this ignored directory may still be kept. */
  looksBelow(path: string): boolean;
}

/** The rules of a `.gitignore`, which `.landfallignore` shares. Paths in `kept` are never ignored. */
export function gitIgnore(text: string, kept: readonly string[] = []): IgnoreRules {
  const rules = ignore({ ignorecase: false }).add(text.replace(/^\uFEFF/, ""));
  return {
    ignores: (path, isDirectory) => !kept.includes(path) && rules.ignores(isDirectory ? `${path}/` : path),
    looksBelow: (path) => isAbove(path, kept),
  };
}

function isAbove(path: string, kept: readonly string[]): boolean {
  return kept.some((name) => name.startsWith(`${path}/`));
}

/**
 * The rules of a `.dockerignore`, which differ from Git's: a pattern starts at the root, covers everything below what it
 * matches, and the last matching pattern decides, so that `*` and then `!build/*.jar` keeps the jars. Paths in `kept` are
 * never ignored: `docker build` always sends the Dockerfile and the ignore file. Throws `source-file-invalid` for a pattern
 * that `docker build` refuses; `file` is the name in that problem.
 *
 * `@balena/dockerignore` gives other results than `docker build`: it reads `( ) + { }` as a regular expression, so that
 * `app/(auth)` or `a+b` is not ignored, lets `?` match half of a character beyond U+FFFF, and accepts `x\`, which is no
 * pattern. A file would be sent that its owner excluded.
 */
export function dockerIgnore(text: string, file = ".dockerignore", kept: readonly string[] = []): IgnoreRules {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line) => parseRule(line, file));
  const hasExceptions = rules.some(({ isKept }) => isKept);
  return {
    looksBelow: (path) => hasExceptions || isAbove(path, kept),
    ignores(path) {
      if (kept.includes(path)) return false;
      return rules.findLast(({ pattern }) => pattern.test(path))?.isKept === false;
    },
  };
}

interface Rule {
  pattern: RegExp;
  isKept: boolean;
}

function parseRule(line: string, file: string): Rule[] {
  const [, not = "", rest = ""] = /^(!?)(.*)$/s.exec(line.trim()) ?? [];
  const glob = normalised(rest.trim());
  if (line.startsWith("#") || glob === "") return [];
  try {
    return [{ pattern: new RegExp(`^${translate(glob)}(?:/.*)?$`, "su"), isKept: not === "!" }];
  } catch (cause) {
    const detail = `not a pattern: ${line.trim()}`;
    throw new Problem("source-file-invalid", { params: { path: file }, detail, cause });
  }
}

/** Without `.`, `..`, doubled and outer slashes. A path that leads above the root ends at the root. */
function normalised(glob: string): string {
  const names: string[] = [];
  for (const name of glob.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "." && name !== "") names.push(name);
  }
  return names.join("/");
}

const TOKENS = /\*\*\/?|\*|\?|\[(?:\\.|[^\]\\])*\]|\\.|./gsu;

function translate(glob: string): string {
  return glob.replaceAll(TOKENS, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.length > 1 && token.startsWith("[")) return token;
    return literal(token.length > 1 && token.startsWith("\\") ? token.slice(1) : token);
  });
}

function literal(character: string): string {
  if (character === "[" || character === "\\") throw new SyntaxError("it is not closed");
  return character.replace(/[$()*+.?^{|}\]]/, "\\$&");
}
