import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import { unlessRefused } from "@/lib/platform/docker/engine-problem";
import { releaseFileOf } from "../files";
import { readIfThere } from "../installation";
import { isServerHere } from "../is-server-here";
import { RELEASES_KEPT } from "../layout";
import { listReleases } from "../list-releases";
import { parseReleaseFile } from "../release";
import type { UpdateContext, UpdatePhase } from "../update";

const OWN_IMAGE = /^landfall:[\w.-]+-(\d{8}-\d{6})$/;

/** The newest releases keep their image and their folder, and the one that serves; so does this machine, which built them. */
export const prunePhase: UpdatePhase = {
  key: "prune",
  title: "Prune",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    const old = await oldReleases(ctx);
    for (const timestamp of old) await removeRelease(ctx, timestamp);
    if (ctx.kind === "deploy" && !(await isServerHere(ctx))) await removeOldImagesHere(ctx);
    return { detail: old.length === 0 ? "nothing to remove" : `${old.length} removed` };
  },
};

async function oldReleases({ installation, release }: UpdateContext): Promise<string[]> {
  const all = await listReleases(installation);
  return all.slice(RELEASES_KEPT).filter((timestamp) => timestamp !== release.timestamp);
}

async function removeRelease({ installation, host, signal }: UpdateContext, timestamp: string): Promise<void> {
  const text = await readIfThere(host, releaseFileOf(installation, timestamp));
  const image = text === null ? undefined : parseReleaseFile(text)?.release.image;
  // An image that a container needs stays.
  if (image) await unlessRefused((await installation.engine()).getImage(image).remove({ abortSignal: signal }));
  await host.remove(installation.folderOf(timestamp));
}

async function removeOldImagesHere({ signal }: UpdateContext): Promise<void> {
  const here = await openEngine(new LocalHost());
  const images = await here.listImages({ filters: { reference: ["landfall:*"] }, abortSignal: signal });
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => OWN_IMAGE.test(name));
  names.sort((a, b) => timeIn(b).localeCompare(timeIn(a)));
  for (const name of names.slice(RELEASES_KEPT))
    await unlessRefused(here.getImage(name).remove({ abortSignal: signal }));
}

function timeIn(name: string): string {
  return OWN_IMAGE.exec(name)?.[1] ?? "";
}
