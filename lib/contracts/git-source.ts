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

/** `refs/heads/main` and `refs/tags/v1` as people call them. */
export const refName = (ref: string): string => ref.replace(/^refs\/(heads|tags)\//, "");

/** A server as credentials are given for it: the same host at another port, or over another transport, is another one. */
export function gitServerOf({ transport, host, port }: GitAddress): string {
  return `${transport}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Names under which hosts offer SSH on a port that firewalls let through. */
const SSH_NAMES: Readonly<Record<string, string>> = {
  "ssh.github.com": "github.com",
  "altssh.gitlab.com": "gitlab.com",
  "altssh.bitbucket.org": "bitbucket.org",
};

/** Where the pages and the API of a repository's server are: of an SSH server at its name over https, whatever its port. */
export function webServerOf(address: GitAddress): GitAddress {
  const { transport, host } = address;
  if (transport !== "ssh") return address;
  return { ...address, transport: "https", host: SSH_NAMES[host] ?? host, port: STANDARD_PORTS.https, user: null };
}

/** The page that compares two commits, by what the host's name says of its software. */
const COMPARE_PAGES: readonly [RegExp, (from: string, to: string) => string][] = [
  [/(^|\.)github\./, (from, to) => `compare/${from}...${to}`],
  [/(^|\.)gitlab\./, (from, to) => `-/compare/${from}...${to}`],
  [/(^|\.)(gitea|forgejo|codeberg)\./, (from, to) => `compare/${from}...${to}`],
  [/(^|\.)bitbucket\.org$/, (from, to) => `branches/compare/${to}%0D${from}`],
];

/** Null for a server whose software its name does not tell. */
export function compareUrl(address: GitAddress, from: string, to: string): string | null {
  const { transport, host, port, path } = webServerOf(address);
  const page = COMPARE_PAGES.find(([name]) => name.test(host))?.[1];
  if (!page) return null;
  const isStandard = port === STANDARD_PORTS[transport];
  return `${transport}://${host}${isStandard ? "" : `:${port}`}/${path}/${page(from, to)}`;
}
