import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { Problem } from "@/lib/contracts/problem";
import { outputLines } from "@/lib/drivers/docker/output";
import { unless, unlessRefused } from "@/lib/platform/docker/engine-problem";
import { readFrames } from "@/lib/platform/docker/streams";
import { SLOTS, type Slot } from "./release";

/** A container of an installation, as Docker describes it. */
export interface Container {
  id: string;
  name: string;
  image: string;
  isRunning: boolean;
  exitCode: number;
  restarts: number;
  /** The health check of the image, as words. */
  healthCommand: string[] | null;
  /** From the network alias that Caddy uses; null for anything but a web server. */
  slot: Slot | null;
  /** In the network it shares with Caddy, or in its only network. */
  address: string | null;
  createdAt: Date;
  version: string | null;
}

/** All containers of a compose service, stopped ones too, without those of `compose run`. Oldest first. */
export async function listContainers(
  engine: Docker,
  { project, service }: { project: string; service: string },
  abortSignal: AbortSignal,
): Promise<Container[]> {
  const labels = [`project=${project}`, `service=${service}`, "oneoff=False"];
  const filters = { label: labels.map((label) => `com.docker.compose.${label}`) };
  const found = await engine.listContainers({ all: true, filters, abortSignal });
  const containers = await Promise.all(found.map(({ Id }) => findContainer(engine, Id, abortSignal)));
  return containers
    .filter((container) => container !== null)
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** Null when it is gone. */
export async function findContainer(engine: Docker, id: string, abortSignal: AbortSignal): Promise<Container | null> {
  const found = await unless([404], engine.getContainer(id).inspect({ abortSignal }));
  return found && toContainer(found);
}

function toContainer(found: ContainerInspectInfo): Container {
  const networks = Object.values(found.NetworkSettings.Networks);
  const slotted = networks.find((network) => slotAmong(network.Aliases) !== null);
  const { Healthcheck, Image, Labels } = found.Config;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ""),
    image: Image,
    isRunning: found.State.Running,
    exitCode: found.State.ExitCode,
    restarts: found.RestartCount ?? 0,
    healthCommand: wordsOf(Healthcheck?.Test ?? []),
    slot: slotAmong(slotted?.Aliases),
    address: (slotted ?? networks[0])?.IPAddress || null,
    createdAt: new Date(found.Created),
    version: Labels?.["org.opencontainers.image.version"] ?? null,
  };
}

function slotAmong(aliases: readonly string[] | null | undefined): Slot | null {
  return SLOTS.find((slot) => aliases?.includes(`web-${slot}`)) ?? null;
}

function wordsOf([form, ...words]: readonly string[]): string[] | null {
  if (form === "CMD") return words;
  return form === "CMD-SHELL" ? ["sh", "-c", ...words] : null;
}

/** Runs the image's own health check now, because Docker itself does so only every ten seconds. */
export async function isHealthy(
  engine: Docker,
  { id, healthCommand }: Container,
  signal: AbortSignal,
): Promise<boolean> {
  if (healthCommand === null) return true;
  return (await execute(engine, id, healthCommand, signal))?.exitCode === 0;
}

/** Runs a command in a container. Null when the container does not run. */
export async function execute(
  engine: Docker,
  id: string,
  command: readonly string[],
  abortSignal: AbortSignal,
): Promise<{ exitCode: number | null; stderr: string } | null> {
  const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal };
  const started = await unless([404, 409], start(engine, id, options));
  if (!started) return null;
  let stderr = Buffer.alloc(0);
  for await (const { stream, text } of readFrames(started.output))
    if (stream === "stderr") stderr = Buffer.concat([stderr, text]).subarray(-KEPT_BYTES);
  const { ExitCode } = await started.exec.inspect({ abortSignal });
  return { exitCode: ExitCode, stderr: stderr.toString("utf8") };
}

const KEPT_BYTES = 64 * 1024;

async function start(engine: Docker, id: string, options: Docker.ExecCreateOptions) {
  const exec = await engine.getContainer(id).exec(options);
  const output = await exec.start({ abortSignal: options.abortSignal });
  return { exec, output: output as AsyncIterable<Buffer> };
}

/** Shares of the processors; a container without any setting has `usual`. */
export const CPU_SHARES = { behind: 512, usual: 1_024 } as const;

/**
 * How much of a busy server's processors a container gets beside the others. Where the kernel or Docker cannot divide
 * them, nothing changes: this is about speed, not about success.
 */
export async function setCpuShares(
  engine: Docker,
  id: string,
  shares: number,
  abortSignal: AbortSignal,
): Promise<void> {
  await unlessRefused(engine.getContainer(id).update({ CpuShares: shares, abortSignal }));
}

const LAST_LINES = 20;

/** The last output of a container, of both streams, in order. */
export async function lastLines(engine: Docker, id: string, abortSignal: AbortSignal): Promise<string> {
  const options = { stdout: true, stderr: true, tail: LAST_LINES, abortSignal };
  const output = await unlessRefused(engine.getContainer(id).logs(options));
  const lines = await outputLines(output ? [output] : []);
  return lines
    .slice(-LAST_LINES)
    .map(({ text }) => text)
    .join("\n");
}

/** Sends the stop signal to a container, kills it if it does not end, and removes it. Nothing there is success. */
export async function removeContainer(
  engine: Docker,
  id: string,
  patienceSeconds: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const container = engine.getContainer(id);
  await unlessRefused(container.stop({ t: patienceSeconds, abortSignal }));
  await unlessRefused(container.remove({ force: true, v: true, abortSignal }));
  if (await findContainer(engine, id, abortSignal))
    throw new Problem("command-failed", { params: { command: "docker rm" }, detail: `the container ${id} stays` });
}
