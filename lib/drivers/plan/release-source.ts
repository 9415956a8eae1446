import { normalize } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { ReleaseContext } from "../driver";
import { releaseLayout } from "../release-layout";
import type { ReadSource } from "./plan";

/** The files that are read of most sources. One command reads them all, because a host may be far away. */
const USUAL = ["package.json", "requirements.txt", "pyproject.toml", "Procfile"];
const MAX_BYTES = 16 * 1024 * 1024;

/** Arguments: file names. Prints all names in the directory, an empty one, then each given file with its content. */
const READ_ALL = `
for name in * .[!.]*; do printf '%s\\0' "$name"; done
printf '\\0'
for name; do
  [ ! -f "$name" ] || { printf '%s\\0' "$name"; tr -d '\\0' <"$name"; printf '\\0'; }
done
`;
const READ_ONE = '[ -f "$1" ] && cat <"$1"';

/**
 * Reads files of a release on the host, as the service's own user: a build or an earlier run may have replaced them with
 * links to files that only root may read. Rejects with `release-gone` when the directory is gone.
 */
export function releaseSource(ctx: ReleaseContext, enter: Enter): ReadSource {
  let found: ReturnType<typeof readAll> | null = null;
  return async (path) => {
    found ??= readAll(ctx, enter);
    const { names, texts } = await found;
    const name = normalize(path);
    if (!names.has(name.split("/")[0] ?? "")) return null;
    if (USUAL.includes(name)) return texts.get(name) ?? null;
    const { exitCode, stdout } = await run(ctx, enter(ctx, ["/bin/sh", "-c", READ_ONE, "read", `./${name}`]));
    return exitCode === 0 ? stdout : null;
  };
}

async function readAll(ctx: ReleaseContext, enter: Enter) {
  const { directory } = releaseLayout(ctx, ctx.release.id);
  if ((await ctx.host.stat(directory)) === null)
    throw new Problem("release-gone", {
      params: { releaseId: ctx.release.id },
      detail: "its files are not on the host any more",
    });
  const { exitCode, stdout, stderr } = await run(ctx, enter(ctx, ["/bin/sh", "-c", READ_ALL, "read", ...USUAL]));
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "sh" }, detail: stderr.trim() });
  const words = stdout.split("\0");
  const end = words.indexOf("");
  const pairs = words.slice(end + 1);
  const texts = pairs.flatMap((word, at): [string, string][] => (at % 2 === 0 ? [[word, pairs[at + 1] ?? ""]] : []));
  return { names: new Set(words.slice(0, end)), texts: new Map(texts) };
}

function run(ctx: ReleaseContext, args: [string, ...string[]]) {
  const { directory: cwd } = releaseLayout(ctx, ctx.release.id);
  return ctx.host.run({ args, cwd }, { signal: ctx.signal, keepBytes: MAX_BYTES });
}

/**
 * The command that runs `args` on the host as the release's user, confined to what that user may see. Every command
 * that runs, builds or reads files of a service goes through it and never runs as Landfall's own user. The first call
 * sets that user as the owner of `ctx.release`.
 */
export type Enter = (ctx: ReleaseContext, args: readonly [string, ...string[]]) => [string, ...string[]];

/** How a driver runs commands on a service's own files. */
export interface Cage {
  /** For commands that only read. */
  look: Enter;
  /** For commands that install and build. */
  build: Enter;
  /** To check what a service would see on the host, before it has a user. */
  nobody: (args: readonly [string, ...string[]]) => [string, ...string[]];
}
