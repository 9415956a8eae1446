import { LocalHost } from "@/lib/hosts/local-host";
import { releaseFileOf } from "../files";
import { readIfThere } from "../installation";
import { isServerHere } from "../is-server-here";
import { RELEASES_KEPT } from "../layout";
import { listReleases } from "../list-releases";
import { parseReleaseFile } from "../release";
import type { UpdateContext, UpdatePhase } from "../update";

const OWN_TAG = /^[\w.-]+-(\d{8}-\d{6})$/;

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
  // One that a container needs stays, and says so.
  if (image) await host.run({ args: ["docker", "image", "rm", image] }, { signal });
  await host.remove(installation.folderOf(timestamp));
}

async function removeOldImagesHere({ signal }: UpdateContext): Promise<void> {
  const here = new LocalHost();
  const { stdout } = await here.run({ args: ["docker", "images", "--format", "{{.Tag}}", "landfall"] }, { signal });
  const tags = stdout.split("\n").filter((tag) => OWN_TAG.test(tag));
  tags.sort((a, b) => timeIn(b).localeCompare(timeIn(a)));
  for (const tag of tags.slice(RELEASES_KEPT)) {
    await here.run({ args: ["docker", "image", "rm", `landfall:${tag}`] }, { signal });
  }
}

function timeIn(tag: string): string {
  return OWN_TAG.exec(tag)?.[1] ?? "";
}
