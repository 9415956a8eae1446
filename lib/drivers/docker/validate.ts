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
import { checkRoute } from "../lifecycle/start-stop";
import { tellProcesses } from "../lifecycle/workers";
import { resolveSource } from "../phases/transfer";
import { checkDisk } from "../phases/validate-host";
import { bytes } from "../quantity";
import { settingsOf } from "../settings-of";
import { checkConfinedDockerfile, checkConfinedImage } from "./confined-build";
import { artifactOf, findImage } from "./image";
import { dockerParts, dockerRunner } from "./runner";
import { DockerSettings, imageUse } from "./settings";
import { imageReferenceOf } from "./transfer";

interface EngineInfo {
  ServerVersion: string;
  MemTotal: number;
  NCPU: number;
  DockerRootDir: string;
}

/** Checks everything that would make a later phase fail, before anything is changed. */
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
      checkRoute(ctx, dockerParts.route),
      checkImage(engine, ctx),
      checkNetwork(engine, settings),
    ]);
    const found = await dockerRunner.processes(ctx);
    for (const { memoryMb, cpus } of [settings, ...found.types])
      checkLimits(info, { memoryMb: memoryMb ?? undefined, cpus: cpus ?? undefined });
    const images = await checkDisk(ctx, info.DockerRootDir);
    const params = { version: info.ServerVersion, port: ctx.spec.port, free: Math.min(free, images) };
    return { facts: [fact("docker-port-and-space", params), ...tellProcesses(ctx, found)] };
  },
};

async function checkSource(ctx: PhaseContext, settings: DockerSettings): Promise<void> {
  if (ctx.kind === "rollback") return;
  if (ctx.spec.source.kind === "image") {
    imageReferenceOf(ctx);
    if (ctx.isConfined) await checkConfinedImage(ctx);
    return;
  }
  const isLocal = settings.build === "local";
  const builder = isLocal ? new LocalHost() : ctx.host;
  const [dockerfile] = await Promise.all([
    readDockerfileOf(ctx, settings),
    isLocal ? checkTool(builder, ctx.signal) : undefined,
  ]);
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

/** Names the file that was most likely meant: `DockerFile`, `Containerfile`, `Dockerfile.web`. */
async function noDockerfile(folder: string, name: string): Promise<Problem> {
  const beside = (await readdir(join(folder, dirname(name))).catch(unlessAbsent)) ?? [];
  const alike = beside.filter((file) => /^(docker|container)file(\.(?!dockerignore)[^.]+)?$|\.dockerfile$/i.test(file));
  const meant = alike.find((file) => file.toLowerCase() === basename(name).toLowerCase()) ?? alike.toSorted()[0];
  const found = meant === undefined ? "none" : join(dirname(name), meant);
  return new Problem("dockerfile-missing", { params: { lookedFor: name, found } });
}

/** Throws `buildkit-missing`: the older builder would fail with a message about flags or unknown instructions. */
async function checkBuilder(host: Host, { buildKitOnly }: Dockerfile, signal: AbortSignal): Promise<void> {
  if (buildKitOnly === null) return;
  const { exitCode } = await host.run({ args: ["docker", "buildx", "version"] }, { signal });
  if (exitCode !== 0) throw new Problem("buildkit-missing", { params: buildKitOnly });
}

/**
 * Throws `tool-missing`. This checks for the command and not for the daemon, which may be restarting. It is not run: its
 * start is the most expensive program of a validation.
 */
async function checkTool(host: Host, signal: AbortSignal): Promise<void> {
  const { exitCode } = await host.run({ args: ["sh", "-c", "command -v docker >/dev/null"] }, { signal });
  if (exitCode !== 0) throw new Problem("tool-missing", { params: { tool: "docker" } });
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

function checkLimits(
  { MemTotal, NCPU }: EngineInfo,
  { memoryMb = 0, cpus = 0 }: Pick<DockerSettings, "memoryMb" | "cpus">,
): void {
  if (memoryMb * 1024 * 1024 > MemTotal) throw tooMuch("memoryMb", memoryMb, `${bytes(MemTotal)} of memory`);
  if (cpus > NCPU) throw tooMuch("cpus", cpus, `${NCPU} cores`);
}

function tooMuch(field: string, value: number, has: string): Problem {
  return new Problem("settings-invalid", { params: { field, value }, detail: `the target has ${has}` });
}

/** The facts of a Dockerfile that Landfall needs before a build; the builder checks everything else. */
interface Dockerfile {
  /** The names of the stages, in order; null for a stage without a name. */
  stages: readonly (string | null)[];
  /** The first syntax in it that only BuildKit supports. */
  buildKitOnly: { line: number; syntax: string } | null;
}

interface Instruction {
  line: number;
  name: string;
  rest: string;
}

const FLAGS: Record<string, RegExp> = {
  RUN: /(?:^|\s)(--(?:mount|network|security))=/,
  COPY: /(?:^|\s)(--(?:link|chmod|parents|exclude))\b/,
  ADD: /(?:^|\s)(--(?:link|chmod|checksum|keep-git-dir|exclude))\b/,
  FROM: /^--platform=\S*(\$\{?(?:BUILD|TARGET)PLATFORM)\b/,
};
/** At the start of a word, as the builder reads it: `$((1<<SHIFT))` is arithmetic. */
const HEREDOC = /(?:^|\s)\d*<<(?!<)-?(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/;

export function readDockerfile(text: string): Dockerfile {
  const instructions = instructionsOf(text);
  const from = instructions.filter(({ name }) => name === "FROM");
  const only = instructions.flatMap((instruction) => {
    const syntax = buildKitSyntax(instruction);
    return syntax === null ? [] : [{ line: instruction.line, syntax }];
  });
  return { stages: from.map(({ rest }) => /\sAS\s+(\S+)\s*$/i.exec(rest)?.[1] ?? null), buildKitOnly: only[0] ?? null };
}

/** By name, in any case. Numbers are not accepted, because not every builder takes one. */
export function hasStage({ stages }: Dockerfile, wanted: string): boolean {
  return stages.some((stage) => stage?.toLowerCase() === wanted.toLowerCase());
}

function buildKitSyntax({ name, rest }: Instruction): string | null {
  const flags = /^(?:--\S+\s+)*(?:--\S+)?/.exec(rest)?.[0] ?? "";
  const flag = FLAGS[name]?.exec(flags)?.[1];
  if (flag !== undefined) return `${name} ${flag}`;
  return hasHeredoc(name) && HEREDOC.test(rest) ? `${name} <<` : null;
}

function hasHeredoc(name: string): boolean {
  return name === "RUN" || name === "COPY" || name === "ADD";
}

/** An instruction may take several lines. Comments and the text of a heredoc are not instructions. */
function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const continuation = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 5).join("\n")) ? "`" : "\\";
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    const { whole, next } = readWhole(lines, at, continuation);
    const [, name = "", rest = ""] = /^([A-Za-z]+)\s+(.*)$/s.exec(whole) ?? [];
    const instruction = { line: at + 1, name: name.toUpperCase(), rest };
    if (name !== "") found.push(instruction);
    const end = hasHeredoc(instruction.name) ? HEREDOC.exec(rest)?.[2] : undefined;
    at = end === undefined ? next : endOfHeredoc(lines, next, end) + 1;
  }
  return found;
}

/** A line with its continuation lines; comments and empty lines in between are skipped. */
function readWhole(lines: readonly string[], from: number, continuation: string): { whole: string; next: number } {
  let whole = "";
  for (let at = from; at < lines.length; at += 1) {
    const part = (lines[at] ?? "").trim();
    const isSkipped = part.startsWith("#") || part === "";
    if (isSkipped && at > from) continue;
    if (isSkipped || !part.endsWith(continuation)) return { whole: isSkipped ? "" : whole + part, next: at + 1 };
    whole += `${part.slice(0, -1)} `;
  }
  return { whole, next: lines.length };
}

function endOfHeredoc(lines: readonly string[], from: number, end: string): number {
  const at = lines.findIndex((line, index) => index >= from && line.trim() === end);
  return at === -1 ? lines.length : at;
}
