import { Problem } from "@/lib/contracts/problem";

/** What an ignore file says of a tree. Paths are relative, with `/`, without one at the end. */
export interface IgnoreRules {
  ignores(path: string, isDirectory: boolean): boolean;
  /** Whether something inside an ignored directory may be wanted all the same. */
  looksBelow: boolean;
}

/**
 * The rules of a `.dockerignore`, which differ from Git's: a pattern starts at the root, takes all below what it
 * matches, and the last that matches decides, so that `*` and then `!build/*.jar` leaves the jars. The Dockerfile and
 * the file itself are never ignored: a build on the host needs both. Throws `source-not-deployable` for a pattern
 * that means nothing.
 */
export function dockerIgnore(text: string): IgnoreRules {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap(parseRule);
  return {
    looksBelow: rules.some(({ isKept }) => isKept),
    ignores(path) {
      if (path === "Dockerfile" || path === ".dockerignore") return false;
      return rules.findLast(({ pattern }) => pattern.test(path))?.isKept === false;
    },
  };
}

interface Rule {
  pattern: RegExp;
  isKept: boolean;
}

function parseRule(line: string): Rule[] {
  const [, not = "", rest = ""] = /^(!?)(.*)$/s.exec(line.trim()) ?? [];
  const glob = normalised(rest.trim());
  if (line.startsWith("#") || glob === "") return [];
  try {
    return [{ pattern: new RegExp(`^${translate(glob)}(?:/.*)?$`, "su"), isKept: not === "!" }];
  } catch (cause) {
    const detail = `not a pattern: ${line.trim()}`;
    throw new Problem("source-not-deployable", { params: { path: ".dockerignore" }, detail, cause });
  }
}

/** Without `.`, `..`, doubled and outer slashes. What leads above the root stays there. */
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
