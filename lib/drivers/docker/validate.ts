import { stat } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import type { NamedPhase, PhaseContext } from "../driver";
import { checkDisk } from "../phases/validate-host";
import { resolveSource } from "../phases/validate-source";
import { bytes } from "../quantity";
import { checkPublicWay } from "../running/validate";
import { settingsOf } from "../settings-of";
import { artifactOf } from "./artifact";
import { openEngine } from "./engine";
import { unless } from "./engine-problem";
import { findImage } from "./image";
import { imageReferenceOf } from "./pull";
import { DockerSettings } from "./settings";

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
    return { detail: `Docker ${info.ServerVersion}, port ${ctx.spec.port}, ${bytes(Math.min(free, images))} free` };
  },
};

async function checkSource(ctx: PhaseContext, { dockerfile, build }: DockerSettings): Promise<void> {
  if (ctx.kind === "rollback") return;
  if (ctx.spec.source.kind === "image") {
    imageReferenceOf(ctx);
    return;
  }
  const file = join(await resolveSource(ctx), dockerfile);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" || error.code === "ENOTDIR" ? null : Promise.reject(error),
  );
  if (!found?.isFile()) throw new Problem("source-not-deployable", { params: { lookedFor: dockerfile } });
  if (build === "local") await checkTool(new LocalHost(), ctx.signal);
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
