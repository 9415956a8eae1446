import { Problem } from "@/lib/contracts/problem";
import { adoptRelease, keepRelease, placeFiles, readKeptFiles, readPresentFiles, removeFiles } from "../files";
import { makeFolders, makeMissingSecrets } from "../secrets";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";

/** The compose file, Caddy's and the environment. What they were is kept in the present release's folder first. */
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
    const made = await makeMissingSecrets(ctx);
    if (made.length > 0) ctx.note(`Made on the server, in secrets/: ${made.join(", ")}. Keep a copy of secret-key.`);
    await placeFiles(installation, files, ctx.signal);
    if (await servingNow(ctx)) return { detail: changed.join(", ") || "nothing has changed" };
    await adoptRelease(installation, { release, files }, slot);
    return { detail: installation.layout.directory };
  },
  async undo(ctx) {
    await putBackFiles(ctx);
    const { installation, kind, release } = ctx;
    if (kind === "deploy") await ctx.host.remove(installation.folderOf(release.timestamp));
  },
};

/** Answers the names of what the new release changes. */
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

/** What was in force before, from the folder it was kept in. Safe to repeat. */
export async function putBackFiles({ installation, signal }: UpdateContext): Promise<void> {
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
