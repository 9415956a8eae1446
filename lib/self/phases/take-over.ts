import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@/lib/contracts/problem";
import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import { unlessRefused } from "@/lib/platform/docker/engine-problem";
import { type Container, isHealthy, lastLines, removeContainer } from "../containers";
import { RELEASES_KEPT, readIfThere } from "../installation";
import { parseReleaseFile } from "../release";
import { adoptRelease, listReleases, releaseFileOf } from "../release-files";
import { nextSlot, servingNow, type UpdateContext, type UpdatePhase } from "../update";
import { restoreFiles } from "./files";
import { isServerHere } from "./prepare";

/** Creates or removes one file, which Caddy checks for each request. */
export const switchPhase: UpdatePhase = {
  key: "switch",
  title: "Switch",
  repeatable: true,
  async run(ctx) {
    const slot = await nextSlot(ctx);
    await ctx.installation.sendTo(slot);
    return { detail: `to ${slot}` };
  },
  async undo(ctx) {
    const present = await servingNow(ctx);
    if (present) await ctx.installation.sendTo(present.slot);
  },
};

const PATIENCE_MS = 60_000;
const EVERY_MS = 1_000;

/** Starts the new worker. The old one stops its deployments between two steps, and the new one continues them. */
export const workerPhase: UpdatePhase = {
  key: "worker",
  title: "Worker",
  repeatable: true,
  async run(ctx) {
    const { installation, release, files, signal } = ctx;
    if (await servingNow(ctx)) {
      await adoptRelease(installation, { release, files }, await nextSlot(ctx));
      await installation.compose(["up", "--detach", "--no-deps", "worker"], { signal });
    }
    await untilHealthy(ctx);
    return undefined;
  },
  async undo(ctx) {
    if (!(await servingNow(ctx))) return;
    await restoreFiles(ctx);
    await ctx.installation.compose(["up", "--detach", "--no-deps", "worker"], { signal: ctx.signal });
  },
};

async function untilHealthy(ctx: UpdateContext): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const engine = await ctx.installation.engine();
  for (;;) {
    const worker = await runningWorker(ctx);
    if (await isHealthy(engine, worker, ctx.signal)) return;
    if (performance.now() > deadline)
      throw new Problem("health-failed", {
        detail: `the worker is not well after ${PATIENCE_MS / 1_000} s\n${await lastLines(engine, worker.id, ctx.signal)}`,
      });
    await sleep(EVERY_MS, undefined, { signal: ctx.signal });
  }
}

async function runningWorker({ installation, signal }: UpdateContext): Promise<Container> {
  const [worker] = await installation.containers("worker", signal);
  if (worker?.isRunning && worker.restarts === 0) return worker;
  throw new Problem("service-exited", {
    params: { exitCode: worker?.exitCode ?? "unknown" },
    detail: worker ? await lastLines(await installation.engine(), worker.id, signal) : "there is no worker",
  });
}

/** Requests from before the switch are answered by then; event streams reconnect to the new web server. */
const DRAIN_MS = 3_000;
const PATIENCE_SECONDS = 10;

/** Removes the old web server. From here on nothing is reverted: the new one has proven itself. */
export const retirePhase: UpdatePhase = {
  key: "retire",
  title: "Retire",
  repeatable: true,
  onFailure: "warn",
  async run(ctx) {
    const present = await servingNow(ctx);
    if (!present) return { skipped: true };
    await sleep(DRAIN_MS, undefined, { signal: ctx.signal });
    const engine = await ctx.installation.engine();
    for (const { id } of await ctx.installation.websIn(present.slot, ctx.signal)) {
      await removeContainer(engine, id, PATIENCE_SECONDS, ctx.signal);
    }
    return { detail: `${present.release.version} of the slot ${present.slot}` };
  },
};

const OWN_IMAGE = /^landfall:[\w.-]+-(\d{8}-\d{6})$/;

/** Keeps the images and folders of the newest releases and of the live one, on the server and on this machine. */
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
