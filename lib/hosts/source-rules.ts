import { lstat, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { leadsNowhere } from "./absent";
import { dockerIgnore, gitIgnore, type IgnoreRules } from "./ignore-rules";
import { readSourceFile } from "./source-access";

/** The purpose of a source's files: it decides which of them are sent. */
export type SourceUse =
  /**
   * An image is built from them: they are what `docker build` would use with this Dockerfile, and nothing else is
   * excluded.
   */
  | { kind: "image"; dockerfile: string }
  /** They run as they are, beside dependencies that are installed on the host, or (`bringsDependencies`) are sent. */
  | { kind: "program"; bringsDependencies: boolean };

export const PROGRAM: SourceUse = { kind: "program", bringsDependencies: false };

/** Why something in the folder is not sent. */
export type LeftOutReason = "ignored" | "repository" | "dependencies" | "cache" | "special";

/** Which files of a folder are sent. */
export interface SourceRules {
  /** The ignore file that decides; null when there is none. */
  readonly file: string | null;
  readonly ignore: IgnoreRules;
  /** May links lead out of the source? In an image they may point at folders of the image. */
  readonly takesAllLinks: boolean;
  /** Why a name is never sent; null when it may be. */
  skips(name: string, isFile: boolean): LeftOutReason | null;
  /** Is a folder with a virtual environment left out? */
  readonly skipsEnvironments: boolean;
}

/** Created on the machine of the developer; the machine that runs the service creates its own. */
const MADE_HERE = new Map<string, LeftOutReason>([
  [".git", "repository"],
  ["__pycache__", "cache"],
  ["node_modules", "dependencies"],
  [".venv", "dependencies"],
  ["venv", "dependencies"],
]);

/** Reads a folder's ignore file. Throws `source-file-invalid` for a pattern in it that means nothing. */
export async function readRules(root: string, use: SourceUse): Promise<SourceRules> {
  const { file, ignore } = await readIgnoreFile(root, use);
  if (use.kind === "image") return { file, ignore, takesAllLinks: true, skips: () => null, skipsEnvironments: false };
  const sent = use.bringsDependencies ? "dependencies" : null;
  return {
    file,
    ignore,
    takesAllLinks: false,
    skipsEnvironments: sent === null,
    skips(name, isFile) {
      const reason = MADE_HERE.get(name) ?? null;
      return reason === sent || (isFile && name !== ".git") ? null : reason;
    },
  };
}

/**
 * Landfall's own file takes precedence. Of Docker's, the file named after the Dockerfile does, as in BuildKit. The
 * Dockerfile itself is always sent, as `docker build` sends it.
 */
async function readIgnoreFile(root: string, use: SourceUse): Promise<Pick<SourceRules, "file" | "ignore">> {
  const kept = [use.kind === "image" ? use.dockerfile : "Dockerfile", ".dockerignore"];
  const own = await readIfThere(root, ".landfallignore");
  if (own !== null) return { file: ".landfallignore", ignore: gitIgnore(own, use.kind === "image" ? kept : []) };
  const named = use.kind === "image" ? `${use.dockerfile}.dockerignore` : ".dockerignore";
  const text = named === ".dockerignore" ? null : await readIfThere(root, named);
  if (text !== null) {
    // A builder that does not know the named file would read the general one on the host.
    const ignore = dockerIgnore(text, named, [...kept, named]);
    return { file: named, ignore: withPattern(ignore, ".dockerignore") };
  }
  const general = await readIfThere(root, ".dockerignore");
  const file = general === null ? null : ".dockerignore";
  return { file, ignore: dockerIgnore(general ?? "", ".dockerignore", kept) };
}

function withPattern(rules: IgnoreRules, ignored: string): IgnoreRules {
  return { ...rules, ignores: (path, isDirectory) => path === ignored || rules.ignores(path, isDirectory) };
}

/** Reads one of the source's own files, also through a link. */
async function readIfThere(root: string, name: string): Promise<string | null> {
  try {
    const target = await realpath(join(root, name));
    if ((await lstat(target)).isDirectory()) throw new Problem("source-file-invalid", { params: { path: name } });
    return readSourceFile(root, relative(root, target)).toString();
  } catch (error) {
    if (leadsNowhere(error)) return null;
    throw error;
  }
}
