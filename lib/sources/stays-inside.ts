/** Everything in an archive by its path; links with the text they hold. */
export type LinkTree = Map<string, { kind: "file" | "directory" | "symlink"; link: string }>;

/** Linux gives up after 40; what it would not follow leads nowhere. */
const MOST_LINKS = 64;

/**
 * Does the link at `path` stay below `root` wherever it leads, through every other link on its way? What the text
 * says is not enough: where `up` is a link to the folder it lies in, `up/..` is the folder's parent.
 */
export function staysInside(tree: LinkTree, path: string, root: string): boolean {
  const rootParts = partsOf(root);
  const from = partsOf(path).slice(rootParts.length);
  const walk: Walk = { tree, prefix: root === "" ? "" : `${root}/`, followed: 0 };
  return follow(walk, from.slice(0, -1), tree.get(path)?.link ?? "") !== "outside";
}

interface Walk {
  tree: LinkTree;
  prefix: string;
  followed: number;
}

function follow(walk: Walk, from: readonly string[], text: string): readonly string[] | "outside" | "nowhere" {
  if (text.startsWith("/")) return "outside";
  let at = from;
  for (const part of partsOf(text)) {
    const next = step(walk, at, part);
    if (typeof next === "string") return next;
    at = next;
  }
  return at;
}

function step(walk: Walk, at: readonly string[], part: string): ReturnType<typeof follow> {
  if (part === "..") return at.length === 0 ? "outside" : at.slice(0, -1);
  const node = walk.tree.get(walk.prefix + [...at, part].join("/"));
  if (node?.kind !== "symlink") return [...at, part];
  walk.followed += 1;
  return walk.followed > MOST_LINKS ? "nowhere" : follow(walk, at, node.link);
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
