import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type Docker from "dockerode";
import { fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { sentFiles } from "@/lib/hosts/scan-tree";
import { openEngine } from "@/lib/platform/docker/engine";
import { unless } from "@/lib/platform/docker/engine-problem";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkDisk } from "../phases/validate-host";
import { resolveSource } from "../phases/validate-source";
import { bytes } from "../quantity";
import { checkPublicWay } from "../running/validate";
import { settingsOf } from "../settings-of";
import { artifactOf } from "./artifact";
import { checkConfinedDockerfile, checkConfinedImage } from "./confined-build";
import { type Dockerfile, hasStage, readDockerfile } from "./dockerfile";
import { findImage } from "./image";
import { imageReferenceOf } from "./pull";
import { DockerSettings, imageUse } from "./settings";

interface EngineInfo {
  ServerVersion: string;
  MemTotal: number;
  NCPU: number;
  DockerRootDir: string;
}

/** Looks at everything that would make a later phase fail, before anything is touched. */
export const validatePhase: NamedPhase = {
  key: "validation",
  repeatable: true,
  async run(ctx) {
    const settings = settingsOf(DockerSettings, ctx);
    await checkSource(ctx, settings);
    const engine = await openEngine(ctx.host);
    const [info, free] = await Promise.all([
      engine.info() as Promise<EngineInfo>,
      checkDisk(ctx),
      checkTool(ctx.host, ctx.signal),
      checkPublicWay(ctx),
      checkImage(engine, ctx),
      checkNetwork(engine, settings),
    ]);
    checkLimits(info, settings);
    const images = await checkDisk(ctx, info.DockerRootDir);
    const params = { version: info.ServerVersion, port: ctx.spec.port, free: Math.min(free, images) };
    return { facts: [fact("docker-port-and-space", params)] };
  },
};

async function checkSource(ctx: PhaseContext, settings: DockerSettings): Promise<void> {
  if (ctx.kind === "rollback") return;
  if (ctx.spec.source.kind === "image") {
    imageReferenceOf(ctx);
    if (ctx.isConfined) await checkConfinedImage(ctx);
    return;
  }
  const builder = settings.build === "local" ? new LocalHost() : ctx.host;
  const [dockerfile] = await Promise.all([readDockerfileOf(ctx, settings), checkTool(builder, ctx.signal)]);
  await checkBuilder(builder, dockerfile, ctx.signal);
}

async function readDockerfileOf(ctx: PhaseContext, settings: DockerSettings): Promise<Dockerfile> {
  const { dockerfile: name, stage } = settings;
  const folder = await resolveSource(ctx);
  const text = await (await sentFiles(folder, imageUse(settings)))(name);
  if (text === null) throw await noDockerfile(folder, name);
  if (ctx.isConfined) await checkConfinedDockerfile(text, settings);
  const dockerfile = readDockerfile(text);
  if (stage === undefined || hasStage(dockerfile, stage)) return dockerfile;
  const names = dockerfile.stages.filter((found) => found !== null).join(", ");
  throw new Problem("source-not-deployable", { params: { reason: "stage", path: name, name: stage, names } });
}

function unlessAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR") return null;
  throw error;
}

/** Names what was most likely meant: `DockerFile`, `Containerfile`, `Dockerfile.web`. */
async function noDockerfile(folder: string, name: string): Promise<Problem> {
  const beside = (await readdir(join(folder, dirname(name))).catch(unlessAbsent)) ?? [];
  const alike = beside.filter((file) => /^(docker|container)file(\.(?!dockerignore)[^.]+)?$|\.dockerfile$/i.test(file));
  const meant = alike.find((file) => file.toLowerCase() === basename(name).toLowerCase()) ?? alike.toSorted()[0];
  const found = meant === undefined ? "none" : join(dirname(name), meant);
  return new Problem("dockerfile-missing", { params: { lookedFor: name, found } });
}

/** Throws `buildkit-missing`: the older builder would fail with a sentence about flags or unknown instructions. */
async function checkBuilder(host: Host, { buildKitOnly }: Dockerfile, signal: AbortSignal): Promise<void> {
  if (buildKitOnly === null) return;
  const { exitCode } = await host.run({ args: ["docker", "buildx", "version"] }, { signal });
  if (exitCode !== 0) throw new Problem("buildkit-missing", { params: buildKitOnly });
}

/** Throws `tool-missing`; a daemon that is away for a moment is waited for instead. */
async function checkTool(host: Host, signal: AbortSignal): Promise<void> {
  await host.run({ args: ["docker", "--version"] }, { signal });
}

async function checkImage(engine: Docker, ctx: PhaseContext): Promise<void> {
  if (ctx.kind !== "rollback") return;
  const { imageId } = artifactOf(ctx.release);
  if (!(await findImage(engine, imageId))) throw new Problem("release-gone", { params: { releaseId: ctx.release.id } });
}

async function checkNetwork(engine: Docker, { network }: DockerSettings): Promise<void> {
  if (network === undefined || (await unless([404], engine.getNetwork(network).inspect()))) return;
  throw new Problem("settings-invalid", {
    params: { field: "network", value: network },
    detail: "there is no such network",
  });
}

function checkLimits({ MemTotal, NCPU }: EngineInfo, { memoryMb = 0, cpus = 0 }: DockerSettings): void {
  if (memoryMb * 1024 * 1024 > MemTotal) throw tooMuch("memoryMb", memoryMb, `${bytes(MemTotal)} of memory`);
  if (cpus > NCPU) throw tooMuch("cpus", cpus, `${NCPU} cores`);
}

function tooMuch(field: string, value: number, has: string): Problem {
  return new Problem("settings-invalid", { params: { field, value }, detail: `the target has ${has}` });
}
