import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Installation } from "../installation";
import { adoptRelease, keepRelease, placeFiles, readKeptFiles, readPresentFiles, removeFiles } from "../release-files";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";

/** Installs the compose file, the Caddyfile and the environment, after keeping the present ones in their release's folder. */
export const filesPhase: UpdatePhase = {
  key: "files",
  title: "Files",
  repeatable: true,
  async run(ctx) {
    const { installation, release, files } = ctx;
    const changed = await keepPresent(ctx);
    const slot = await nextSlot(ctx);
    await keepRelease(installation, { release, files }, slot);
    await makeFolders(ctx);
    const generated = await generateSecrets(ctx);
    if (generated.length > 0)
      ctx.note(`Made on the server, in secrets/: ${generated.join(", ")}. Keep a copy of secret-key.`);
    await placeFiles(installation, files, ctx.signal);
    if (await servingNow(ctx)) return { detail: changed.join(", ") || "nothing has changed" };
    await adoptRelease(installation, { release, files }, slot);
    return { detail: installation.layout.directory };
  },
  async undo(ctx) {
    await restoreFiles(ctx);
    const { installation, kind, release } = ctx;
    if (kind === "deploy") await ctx.host.remove(installation.folderOf(release.timestamp));
  },
};

/** Returns the names of the files that the new release changes. */
async function keepPresent(ctx: UpdateContext): Promise<string[]> {
  const present = await ctx.installation.present(ctx.signal);
  const files = await readPresentFiles(ctx.installation);
  if (!present || !files) return [];
  await keepRelease(ctx.installation, { release: present.release, files }, present.slot);
  if (files.compose !== ctx.files.compose && present.isServing)
    ctx.note("The compose file changed: caddy and postgres take it over with the next `docker compose up -d`.");
  const kinds = { compose: "compose file", caddy: "Caddyfile", environment: "environment" } as const;
  return (["compose", "caddy", "environment"] as const)
    .filter((kind) => files[kind] !== ctx.files[kind])
    .map((kind) => kinds[kind]);
}

/** Installs the previous files again, from their release's folder. Safe to repeat. */
export async function restoreFiles({ installation, signal }: UpdateContext): Promise<void> {
  const present = await installation.present(signal);
  const kept = present && (await readKeptFiles(installation, present.release.timestamp));
  if (present && kept) {
    await placeFiles(installation, kept, signal);
    await adoptRelease(installation, { release: present.release, files: kept }, present.slot);
  } else if (present?.isServing) {
    throw new Problem("undo-failed", { detail: "the files of the present release were not kept" });
  } else {
    await removeFiles(installation);
  }
}

/** Landfall's user in its container. */
const OWNER = "10001";
const MOUNTED = /(?:\/run|\.)\/secrets\/([\w.-]+)/g;
const hex = () => randomBytes(32).toString("hex");
/** Secrets that a first install generates; all others have to be provided. */
const GENERATED: Readonly<Record<string, () => string>> = {
  "secret-key": hex,
  "application-password": hex,
  "postgres-password": hex,
  "nextauth-secret": hex,
  "metrics-token": hex,
};

/** The secrets that a release's files use, by their file names. */
function secretsOf(files: { compose: string; environment: string }): string[] {
  const lines = `${files.compose}\n${files.environment}`
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"));
  return [...new Set(lines.flatMap((line) => [...line.matchAll(MOUNTED)].map(([, name]) => name ?? "")))].sort();
}

/** The secrets that are missing on the server and cannot be generated. */
export async function findMissingSecrets(
  { host, layout }: Installation,
  files: { compose: string; environment: string },
): Promise<string[]> {
  const wanted = secretsOf(files).filter((name) => !(name in GENERATED));
  const there = await Promise.all(wanted.map((name) => host.stat(join(layout.directory, "secrets", name))));
  return wanted.filter((_, index) => there[index] === null);
}

/** Returns the names of the generated secrets. Existing ones are never replaced: data is encrypted with them. */
async function generateSecrets({ installation, host, files, signal }: UpdateContext): Promise<string[]> {
  const generated: string[] = [];
  for (const name of secretsOf(files)) {
    const path = join(installation.layout.directory, "secrets", name);
    const generate = GENERATED[name];
    if (!generate || (await host.stat(path))) continue;
    await host.writeFile(path, `${generate()}\n`, { mode: 0o400 });
    await giveAway({ host, signal }, path);
    generated.push(name);
  }
  return generated;
}

/** Creates the folders that compose mounts, readable for Landfall. */
async function makeFolders({ installation, host, signal }: UpdateContext): Promise<void> {
  const { directory } = installation.layout;
  for (const name of ["live", "sources", "secrets"]) await host.makeDirectory(join(directory, name));
  await giveAway({ host, signal }, join(directory, "secrets"));
}

async function giveAway({ host, signal }: Pick<UpdateContext, "host" | "signal">, path: string): Promise<void> {
  const { exitCode, stderr } = await host.run({ args: ["chown", OWNER, path] }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "chown" }, detail: stderr.trim() });
}
