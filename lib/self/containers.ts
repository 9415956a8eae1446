import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { SLOTS, type Slot } from "./release";

/** A container of an installation, as Docker describes it. */
export interface Container {
  id: string;
  name: string;
  image: string;
  isRunning: boolean;
  exitCode: number;
  restarts: number;
  /** What the image says proves its health, as words. */
  healthCommand: string[] | null;
  /** By the network alias that Caddy knows it by; null for what is no web server. */
  slot: Slot | null;
  /** On the network it shares with Caddy, or on its only one. */
  address: string | null;
  createdAt: Date;
  version: string | null;
}

const Inspected = z.array(
  z.object({
    Id: z.string(),
    Name: z.string(),
    Created: z.coerce.date(),
    RestartCount: z.int().default(0),
    State: z.object({
      Running: z.boolean(),
      ExitCode: z.int(),
    }),
    Config: z.object({
      Image: z.string(),
      Labels: z.record(z.string(), z.string()).nullish(),
      Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
    }),
    NetworkSettings: z.object({
      Networks: z.record(
        z.string(),
        z.object({ Aliases: z.array(z.string()).nullish(), IPAddress: z.string().default("") }),
      ),
    }),
  }),
);

/** All of a compose service, stopped ones too; what `compose run` made does not count. Oldest first. */
export async function listContainers(
  host: Host,
  { project, service }: { project: string; service: string },
  signal: AbortSignal,
): Promise<Container[]> {
  const labels = [`project=${project}`, `service=${service}`, "oneoff=False"];
  const filters = labels.flatMap((label) => ["--filter", `label=com.docker.compose.${label}`]);
  const ids = await docker(host, ["ps", "--all", "--quiet", "--no-trunc", ...filters], signal);
  const containers = await Promise.all(
    ids
      .split("\n")
      .filter(Boolean)
      .map((id) => findContainer(host, id, signal)),
  );
  return containers
    .filter((container) => container !== null)
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** Null when it is gone. */
export async function findContainer(host: Host, id: string, signal: AbortSignal): Promise<Container | null> {
  const { exitCode, stdout } = await host.run({ args: ["docker", "inspect", "--type", "container", id] }, { signal });
  const [found] = exitCode === 0 ? Inspected.parse(JSON.parse(stdout)) : [];
  return found ? toContainer(found) : null;
}

function toContainer(found: z.infer<typeof Inspected>[number]): Container {
  const networks = Object.values(found.NetworkSettings.Networks);
  const slotted = networks.find((network) => slotAmong(network.Aliases) !== null);
  const { Healthcheck, Image, Labels } = found.Config;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ""),
    image: Image,
    isRunning: found.State.Running,
    exitCode: found.State.ExitCode,
    restarts: found.RestartCount,
    healthCommand: wordsOf(Healthcheck?.Test ?? []),
    slot: slotAmong(slotted?.Aliases),
    address: (slotted ?? networks[0])?.IPAddress || null,
    createdAt: found.Created,
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

/** Runs the image's own health check now: Docker itself does so every half minute only. */
export async function isHealthy(host: Host, { id, healthCommand }: Container, signal: AbortSignal): Promise<boolean> {
  if (healthCommand === null) return true;
  return (await host.run({ args: ["docker", "exec", id, ...healthCommand] }, { signal })).exitCode === 0;
}

/** Shares of the processors; a container that nobody gave any has `usual`. */
export const CPU_SHARES = { behind: 512, usual: 1_024 } as const;

/**
 * How much of a busy server's processors it gets beside the other containers. A kernel or a Docker that does not divide
 * them goes on as before: this is about speed, not about success.
 */
export async function setCpuShares(host: Host, id: string, shares: number, signal: AbortSignal): Promise<void> {
  await host.run({ args: ["docker", "update", "--cpu-shares", String(shares), id] }, { signal });
}

const LAST_LINES = 20;

/** What it wrote last, on either stream, in order. */
export async function lastLines(host: Host, id: string, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  const args = ["docker", "logs", "--tail", String(LAST_LINES), id] as const;
  await host.run({ args }, { signal, onLine: (line) => void lines.push(line) });
  return lines.slice(-LAST_LINES).join("\n");
}

/** Asks it to end, sees to it that it does, and removes it. Nothing there is success. */
export async function removeContainer(host: Host, id: string, patienceSeconds: number, signal: AbortSignal) {
  await host.run({ args: ["docker", "stop", "--time", String(patienceSeconds), id] }, { signal });
  await host.run({ args: ["docker", "rm", "--force", "--volumes", id] }, { signal });
  if (await findContainer(host, id, signal))
    throw new Problem("command-failed", { params: { command: "docker rm" }, detail: `the container ${id} stays` });
}

/** Runs a command of Docker's and answers what it wrote. Throws `command-failed` with what it complained of. */
export async function docker(host: Host, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run({ args: ["docker", ...args] }, { signal });
  if (exitCode === 0) return stdout.trim();
  throw new Problem("command-failed", { params: { command: `docker ${args[0]}` }, detail: stderr.trim() });
}
