import * as z from "zod";
import { isHostAddress } from "./ssh";

/** The parsed address of a repository. */
export interface GitAddress {
  transport: "https" | "http" | "ssh";
  /** A DNS name or an address; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** The account on an SSH server. */
  user: string | null;
  /** The server's name for the repository, without a leading slash and `.git`: "acme/shop". */
  path: string;
}

const STANDARD_PORTS = { https: 443, http: 80, ssh: 22 } as const;
const USER = /^[a-z0-9_][\w.-]{0,63}$/i;
/** The characters of a repository's path. `%` begins an encoded character. */
const PATH = /^[\w.~+%@,=/-]+$/;

/**
 * Reads `https://…`, `http://…`, `ssh://…` and `git@host:path`. Null for everything else: other transports (`ext::`
 * runs a program, `file:` reads this machine), text that Git would parse as an option, and addresses with a password.
 */
export function readGitAddress(text: string): GitAddress | null {
  const short = /^(?:([^@:/\s]+)@)([^:/\s]+):(?!\/\/)(\S+)$/.exec(text);
  if (short) return addressOf("ssh", short[1] ?? null, short[2] ?? "", null, short[3] ?? "");
  const match = /^(https|http|ssh):\/\/(?:([^@/\s]*)@)?(\[[^\]/\s]+\]|[^:/\s]+)(?::(\d{1,5}))?\/(\S+)$/.exec(text);
  if (!match) return null;
  const [, transport = "", user = null, host = "", port = null, path = ""] = match;
  if (transport !== "ssh" && user !== null) return null;
  return addressOf(transport as GitAddress["transport"], user, host, port, path);
}

function addressOf(
  transport: GitAddress["transport"],
  user: string | null,
  bracketed: string,
  port: string | null,
  path: string,
): GitAddress | null {
  const host = bracketed.replace(/^\[|\]$/g, "").toLowerCase();
  const number = port === null ? STANDARD_PORTS[transport] : Number(port);
  const name = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  const isUsable =
    isHostAddress(host) &&
    number >= 1 &&
    number <= 65_535 &&
    (user === null || USER.test(user)) &&
    PATH.test(path) &&
    name !== "" &&
    !name.startsWith("-") &&
    !name.split("/").includes("..");
  return isUsable
    ? { transport, host, port: number, user: user ?? (transport === "ssh" ? "git" : null), path: name }
    : null;
}

/** Any address that `readGitAddress` accepts, stored as typed. */
export const GitUrl = z
  .string()
  .trim()
  .max(2_048)
  .refine((text) => readGitAddress(text) !== null, { error: "not-a-git-address" });

/** The rules of `git check-ref-format`, without names that would be parsed as an option or an expression. */
export function isRefName(name: string): boolean {
  const isForbidden =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Git forbids them too.
    /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|^[-/.]|[/.]$|\/\./.test(name);
  return !isForbidden && name !== "@" && !name.startsWith("refs/");
}

export const GitRef = z.string().min(1).max(255).refine(isRefName, { error: "not-a-branch" });

/** A folder within the repository: no `..` and not `.git`. */
export const GitFolder = z
  .string()
  .trim()
  .max(1_024)
  .transform((path) => path.replace(/^(\.?\/)+|\/+$/g, "").replace(/^\.$/, ""))
  .refine(
    (path) =>
      path === "" ||
      path
        .split("/")
        .every(
          (name) => name !== "" && name !== "." && name !== ".." && !/^\.git$/i.test(name) && !name.includes("\0"),
        ),
    { error: "not-a-folder" },
  );

export const CommitId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, { error: "not-a-commit" });

/** A commit as the history shows it. */
export const Commit = z.object({
  id: CommitId,
  message: z.string().describe("The first line of its message"),
  author: z.string(),
  at: z.iso.datetime({ offset: true }).nullable(),
});
export type Commit = z.infer<typeof Commit>;

export const shortCommit = (id: string): string => id.slice(0, 7);
