import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { carryImage, checkArrived, removeCarried } from "@/lib/drivers/docker/carry-image";
import { bytes } from "@/lib/drivers/quantity";
import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { engineId, openEngine } from "@/lib/platform/docker/engine";
import { unless, unlessRefused } from "@/lib/platform/docker/engine-problem";
import { readableTime, timestampOf } from "../release";
import { describeChanges, readPresentFiles } from "../release-files";
import { servingNow, type UpdateContext, type UpdatePhase } from "../update";
import { findMissingSecrets } from "./files";

/** An image, its compressed copy, and the space for unpacking. */
const NEEDED_BYTES = 2_000_000_000;

/** Checks everything that would make a later phase fail, before anything is changed, and reports all of it together. */
export const checkPhase: UpdatePhase = {
  key: "check",
  title: "Check",
  repeatable: true,
  async run(ctx) {
    const complaints = await ctx.clone.complaints();
    const { installation, signal } = ctx;
    const detail = await checkServer(ctx, complaints).catch((cause) => {
      if (!(cause instanceof Problem) || cause.code !== "cannot-update") throw cause;
      complaints.push(cause.detail ?? "");
      return "";
    });
    if (complaints.length > 0) throw new Problem("cannot-update", { detail: complaints.join("\n") });
    await installation.present(signal);
    return { detail };
  },
};

async function checkServer(ctx: UpdateContext, complaints: string[]): Promise<string> {
  const { installation, host, signal } = ctx;
  const tool = await installation.tool(signal);
  const engine = await installation.engine();
  const { Version: version } = await engine.version();
  const free = await freeBytes(ctx);
  if (free < NEEDED_BYTES && ctx.kind === "deploy")
    complaints.push(`${host.label} has ${bytes(free)} free, and a release needs ${bytes(NEEDED_BYTES)}.`);
  const missing = await findMissingSecrets(installation, ctx.files);
  if (missing.length > 0)
    complaints.push(`These files are missing in ${installation.layout.directory}/secrets: ${missing.join(", ")}.`);
  if (ctx.kind === "rollback" && !(await hasImage(ctx)))
    complaints.push(`The image ${ctx.release.image} is not on ${host.label} any more.`);
  return `Docker ${version}, ${tool.join(" ")}, ${bytes(free)} free`;
}

/** The free space of Docker's image store or of the installation's folder, whichever is less. */
async function freeBytes({ host, installation }: UpdateContext): Promise<number> {
  const { DockerRootDir } = await (await installation.engine()).info();
  const free = await Promise.all(
    [DockerRootDir as string, installation.layout.directory].map((path) => host.diskFreeBytes(path)),
  );
  return Math.min(...free);
}

async function hasImage({ installation, release }: UpdateContext): Promise<boolean> {
  const image = (await installation.engine()).getImage(release.image);
  return (await unless([404], image.inspect())) !== null;
}

/** Shows what will change, and asks. */
export const confirmPhase: UpdatePhase = {
  key: "confirm",
  title: "Confirm",
  isDialogue: true,
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const question = ctx.kind === "deploy" ? "Deploy it?" : "Go back to it?";
    if (await ctx.confirm(question, await factsOf(ctx))) return undefined;
    throw new Problem("cannot-update", { detail: "Not confirmed: nothing was changed." });
  },
};

async function factsOf(ctx: UpdateContext): Promise<string[]> {
  const { installation, release, files } = ctx;
  const present = await installation.present(ctx.signal);
  const place = `${installation.environment} on ${ctx.host.label}`;
  if (!present)
    return [`Landfall ${release.version} (${readableTime(release.timestamp)}) as ${place}, for the first time`];
  const from = present.release;
  const presentFiles = await readPresentFiles(installation);
  return [
    place,
    `from  ${from.version}  ${readableTime(from.timestamp)}${present.isServing ? "" : ", which does not run"}`,
    `to    ${release.version}  ${readableTime(release.timestamp)}`,
    ...(presentFiles ? describeChanges(presentFiles, files) : []),
  ];
}

const KEPT_LINES = 15;

/** Builds the clone's image with this machine's Docker; steps with unchanged files come from its cache. */
export const buildPhase: UpdatePhase = {
  key: "build",
  title: "Build",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const here = new LocalHost();
    await build(ctx, here);
    const image = (await openEngine(here)).getImage(ctx.release.image);
    const { Size: size } = await image.inspect();
    return { detail: `${ctx.release.image}, ${bytes(size)}` };
  },
  async undo({ release, signal }) {
    const image = (await openEngine(new LocalHost())).getImage(release.image);
    await unlessRefused(image.remove({ noprune: true, abortSignal: signal }));
  },
};

async function build(ctx: UpdateContext, here: LocalHost): Promise<void> {
  const said: string[] = [];
  const onLine = (line: string) => {
    ctx.progress({ detail: line.trim() });
    said.push(line);
    if (said.length > KEPT_LINES) said.shift();
  };
  const args = buildCommand(ctx);
  const { exitCode } = await here.run({ args, cwd: ctx.clone.root }, { signal: ctx.signal, onLine, keepBytes: 0 });
  if (exitCode !== 0)
    throw new Problem("build-failed", { params: { command: "docker build" }, detail: said.join("\n") });
}

function buildCommand({ release, clone }: Pick<UpdateContext, "release" | "clone">): [string, ...string[]] {
  const { version, commit, image, timestamp } = release;
  const created = readableTime(timestamp).replace(/^(\S+) (\S+) UTC$/, "$1T$2Z");
  const given = { ...clone.buildArguments, VERSION: version, COMMIT: commit ?? "unknown", CREATED: created };
  return [
    ...(["docker", "build", "--file", join(clone.root, "Dockerfile.prod"), "--tag", image] as const),
    ...Object.entries(given).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    clone.root,
  ];
}

/** Sends the image to the server's Docker, like a service's image. Skipped if that Docker built it. */
export const sendPhase: UpdatePhase = {
  key: "send",
  title: "Send",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    if (await isServerHere(ctx)) return { skipped: true, detail: "this machine is the server" };
    const [from, to] = await Promise.all([openEngine(new LocalHost()), ctx.installation.engine()]);
    const folder = await mkdtemp(join(tmpdir(), "landfall-image-"));
    try {
      const there = directoryOf(ctx);
      await carryImage(ctx, { from, to }, ctx.release.image, { here: join(folder, "image"), there });
      await checkArrived(from, to, ctx.release.image);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return { detail: `to ${ctx.host.label}` };
  },
  async undo(ctx) {
    await removeCarried(ctx, directoryOf(ctx));
    const image = (await ctx.installation.engine()).getImage(ctx.release.image);
    await unlessRefused(image.remove({ abortSignal: ctx.signal }));
  },
};

/** The same for each attempt of a release, so that a second attempt resumes the first. */
function directoryOf({ installation, release }: UpdateContext): string {
  return join(installation.layout.carried, release.timestamp);
}

/** Whether the server's Docker is this machine's: then a built image is there already. */
export async function isServerHere({ host }: { host: Host }): Promise<boolean> {
  const [here, there] = await Promise.all([openEngine(new LocalHost()), openEngine(host)]);
  return (await engineId(here)) === (await engineId(there));
}

/** The image's exit code for a role that it does not have. */
const NO_SUCH_ROLE = 2;

/** Backs up the database before a rollback. The next phase keeps the present files. */
export const savePhase: UpdatePhase = {
  key: "save",
  title: "Save",
  repeatable: true,
  deadlineMs: 60 * 60_000,
  async run(ctx) {
    const { installation, signal } = ctx;
    if (!(await servingNow(ctx))) return { skipped: true, detail: "nothing runs" };
    const name = `before-rollback-${timestampOf(new Date())}`;
    const onLine = (line: string) => ctx.progress({ detail: line.trim() });
    try {
      await installation.compose(["run", "--rm", "-T", "--no-deps", "worker", "backup", name], { signal, onLine });
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.params.exitCode !== NO_SUCH_ROLE) throw cause;
      return { skipped: true, detail: "the present release makes no backups" };
    }
    return { detail: `backup ${name}` };
  },
};
