import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import type { Command, CommandResult, RunOptions } from "@/lib/hosts/host";
import type { Secret } from "@/lib/platform/secrets/secret";
import { gitProblem } from "./git-problem";

/** The credentials for a repository. None is ever in an address, an argument or an environment variable. */
export interface GitAccess {
  /** The private half of the deploy key, in OpenSSH format. */
  deployKey?: Secret | undefined;
  /** For HTTPS: a token, and the user name that its server expects with it. */
  token?: { user: string; secret: Secret } | undefined;
  /** Public keys of the SSH server, as `ssh-ed25519 AAAA…`. A server with another key is refused. */
  hostKeys: readonly string[];
}

/** A repository's address, its credentials, and the IP address of its server to connect to. */
export interface Remote {
  /** The address that Git is given. */
  url: string;
  address: GitAddress;
  access: GitAccess;
  /** The checked IP address. Git connects to it and resolves no name again. */
  connectTo: string;
}

/** Runs a program on this machine and ends it when its caller ends: `LocalHost.run`. */
export type Run = (command: Command, options?: RunOptions) => Promise<CommandResult>;

interface GitOptions extends RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
}

/** A crash leaves credential files behind; they are removed once no process can be using them. */
const ACCESS_LEFT_MS = 60 * 60_000;
/** A server that sends less than 1,000 bytes a second for this long counts as unreachable. */
const SLOW_SECONDS = 60;

/**
 * Git without this machine's configuration and without anything that a repository could bring: no hooks, no filters, no
 * helpers, no transports but the address's own, no redirects.
 */
export class Git {
  readonly #run: Run;
  readonly #folder: string;

  /** `folder` belongs to Landfall; no one else may read it. */
  constructor(run: Run, folder: string) {
    this.#run = run;
    this.#folder = join(folder, "access");
  }

  /** Works on a repository on this machine and needs no network. */
  local(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return this.#git(args, { GIT_ALLOW_PROTOCOL: "" }, options);
  }

  /**
   * Talks to a remote. Meanwhile its credentials are in files of mode 0600 in a folder of their own. `wrap` goes before
   * the program, as `flock` does. Throws a `git-…` problem that says what the server refused.
   */
  async remote(
    remote: Remote,
    args: readonly string[],
    options: GitOptions & { wrap?: readonly string[] } = {},
  ): Promise<string> {
    return this.#withAccess(remote, async (folder) => {
      const env = {
        ...options.env,
        GIT_ALLOW_PROTOCOL: remote.address.transport,
        GIT_ASKPASS: join(folder, "askpass"),
        // Git passes it to a shell. Every word is ours or checked: a path of ours, an address, the name of a host.
        GIT_SSH_COMMAND: sshCommand(folder, remote).join(" "),
        GIT_HTTP_LOW_SPEED_LIMIT: "1000",
        GIT_HTTP_LOW_SPEED_TIME: String(SLOW_SECONDS),
        HOME: folder,
      };
      return this.#git([...pinned(remote), ...args], env, options, options.wrap, remote);
    });
  }

  /** Runs a program on the remote's SSH server, such as `git-lfs-authenticate`. */
  async ssh(remote: Remote, words: readonly string[], signal?: AbortSignal): Promise<string> {
    return this.#withAccess(remote, async (folder) => {
      const { address } = remote;
      const command = [...sshCommand(folder, remote), "-p", String(address.port), `${address.user}@${address.host}`];
      const [program, ...args] = [...command, "--", ...words];
      const env = { ...ENVIRONMENT, HOME: folder };
      const result = await this.#run({ args: [program as string, ...args], env }, { ...(signal && { signal }) });
      if (result.exitCode !== 0) throw gitProblem(result, address);
      return result.stdout;
    });
  }

  /** A folder for the credential files, for the duration of `work`. */
  async #withAccess<T>(remote: Remote, work: (folder: string) => Promise<T>): Promise<T> {
    await this.#sweep();
    const folder = join(this.#folder, randomUUID());
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await writeAccess(folder, remote);
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #git(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { cwd, env: more, ...options }: GitOptions,
    wrap: readonly string[] = [],
    remote?: Remote,
  ): Promise<string> {
    const [program, ...rest] = [...wrap, "git", ...HARDENED.flatMap((setting) => ["-c", setting]), ...args];
    const result = await this.#run(
      {
        args: [program as string, ...rest],
        env: { ...ENVIRONMENT, HOME: this.#folder, ...more, ...env },
        ...(cwd !== undefined && { cwd }),
      },
      { keepBytes: 16 * 1024 * 1024, ...options },
    ).catch(sayWhereMissing);
    if (result.exitCode !== 0) throw gitProblem(result, remote?.address ?? null);
    return result.stdout;
  }

  async #sweep(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const path = join(this.#folder, name);
      const seen = await stat(path).catch(() => null);
      if (seen !== null && Date.now() - seen.mtimeMs > ACCESS_LEFT_MS) await rm(path, { recursive: true, force: true });
    }
  }
}

/** The tool is missing on this machine, whatever the target has. */
function sayWhereMissing(error: unknown): never {
  if (!(error instanceof Problem) || error.code !== "tool-missing") throw error;
  const { params } = error;
  const detail = `${params.tool} is not installed on the machine of Landfall's worker, which reads repositories with it`;
  throw new Problem("tool-missing", { params, detail, cause: error });
}

/** Git asks `askpass` for the user name and the password, which it reads from files beside it. */
async function writeAccess(folder: string, { access, address }: Remote): Promise<void> {
  const files: [string, string, number][] = [
    ["user", access.token?.user ?? "", 0o600],
    ["secret", access.token?.secret.reveal() ?? "", 0o600],
    ["askpass", ASKPASS, 0o700],
    ["known_hosts", access.hostKeys.map((line) => `${nameOf(address)} ${line}\n`).join(""), 0o600],
    ["key", access.deployKey?.reveal().replace(/\n*$/, "\n") ?? "", 0o600],
  ];
  await Promise.all(files.map(([name, content, mode]) => writeFile(join(folder, name), content, { mode })));
}

function sshCommand(folder: string, { access, address, connectTo }: Remote): string[] {
  const options = {
    ...SSH_OPTIONS,
    UserKnownHostsFile: join(folder, "known_hosts"),
    IdentityFile: access.deployKey === undefined ? "none" : join(folder, "key"),
    HostName: connectTo,
    HostKeyAlias: nameOf(address),
  };
  return ["ssh", "-F", "none", ...Object.entries(options).map(([option, value]) => `-o${option}=${value}`)];
}

/** The host name in the format of known_hosts. */
function nameOf({ host, port }: GitAddress): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

const ENVIRONMENT = {
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_LFS_SKIP_SMUDGE: "1",
  GIT_OPTIONAL_LOCKS: "0",
  SSH_ASKPASS_REQUIRE: "never",
} as const;

const HARDENED = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  "core.quotePath=false",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "credential.helper=",
  "gc.auto=0",
  "maintenance.auto=false",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  "http.followRedirects=false",
  "http.emptyAuth=false",
  "protocol.version=2",
  "transfer.bundleURI=false",
  "transfer.advertiseObjectInfo=false",
  "i18n.logOutputEncoding=UTF-8",
  "log.showSignature=false",
  "advice.detachedHead=false",
] as const;

const SSH_OPTIONS = {
  BatchMode: "yes",
  StrictHostKeyChecking: "yes",
  GlobalKnownHostsFile: "/dev/null",
  UpdateHostKeys: "no",
  CheckHostIP: "no",
  IdentitiesOnly: "yes",
  IdentityAgent: "none",
  PreferredAuthentications: "publickey",
  ForwardAgent: "no",
  ClearAllForwardings: "yes",
  PermitLocalCommand: "no",
  ConnectTimeout: "20",
  ServerAliveInterval: "15",
  ServerAliveCountMax: "4",
  LogLevel: "ERROR",
} as const;

const ASKPASS = `#!/bin/sh
folder=$(dirname -- "$0")
case $1 in
Username*) exec cat -- "$folder/user" ;;
*) exec cat -- "$folder/secret" ;;
esac
`;

/** HTTP connects to the checked IP address, regardless of what a resolver returns by then. */
function pinned({ address, connectTo }: Remote): string[] {
  if (address.transport === "ssh") return [];
  const to = connectTo.includes(":") ? `[${connectTo}]` : connectTo;
  return ["-c", `http.curloptResolve=${address.host}:${address.port}:${to}`];
}
