import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Linux gives up after 40; what it would not follow leads nowhere. */
const MOST_LINKS = 64;

/**
 * Does `path` lead out of `root` through any link on its way? The links are followed here and not by the kernel, so nothing
 * outside of the root is touched: the answer is the same whether something is there or not, and tells nobody which. What
 * a link's text says is not enough: where `up` is a link to the folder it is in, `up/..` is the folder's parent.
 */
export function leadsOut(root: string, path: string): boolean {
  return follow({ root, followed: 0 }, [], path) === "outside";
}

interface Walk {
  root: string;
  followed: number;
}

function follow(walk: Walk, from: readonly string[], text: string): readonly string[] | "outside" | "nowhere" {
  if (text.startsWith("/")) return "outside";
  let at = from;
  for (const part of text.split("/").filter((part) => part !== "" && part !== ".")) {
    const next = step(walk, at, part);
    if (typeof next === "string") return next;
    at = next;
  }
  return at;
}

function step(walk: Walk, at: readonly string[], part: string): ReturnType<typeof follow> {
  if (part === "..") return at.length === 0 ? "outside" : at.slice(0, -1);
  const text = linkText(join(walk.root, ...at, part));
  if (text === null) return [...at, part];
  walk.followed += 1;
  return walk.followed > MOST_LINKS ? "nowhere" : follow(walk, at, text);
}

function linkText(path: string): string | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : null;
  } catch (error) {
    if (["ENOTDIR", "ENAMETOOLONG"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}
