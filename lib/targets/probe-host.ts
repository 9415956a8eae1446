import { Problem } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import { findCaddy } from "@/lib/drivers/edge/caddy";
import { exchange } from "@/lib/drivers/http-exchange";
import type { Host } from "@/lib/hosts/host";
import { patience } from "./patience";

const PATIENCE_MS = 20_000;
const DOCKER_SOCKET = "/var/run/docker.sock";
const DOCKER_PATIENCE_MS = 5_000;

/**
 * All of it in one command: over a slow line every further one is felt. Each line is a name, a tab and what there is to
 * say; a tool that hangs is as good as missing. systemd counts where it runs the machine, not where it is installed.
 */
const LOOK = `
say() { printf '%s\\t%s\\n' "$1" "$2"; }
first() { timeout 5 "$@" 2>/dev/null | head -n 1; }
say node "$(first node --version)"
say npm "$(first npm --version)"
say python3 "$(first python3 --version)"
[ -d /run/systemd/system ] && say systemd "$(first systemctl --version)"
say caddy "$(STEPPATH=/tmp first caddy version)"
say os "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"')"
say cores "$(getconf _NPROCESSORS_ONLN)"
say memory "$(sed -n 's/^Mem\\(Total\\|Available\\): *\\([0-9]*\\) kB$/\\1 \\2/p' /proc/meminfo | tr '\\n' ' ')"
say disk "$(df -Pk -- "$1" | tail -n 1)"
`;

/** What there is on a host that answers. Throws why it cannot be used. */
export async function probeHost({ host, base }: HostPlace): Promise<TargetCheck> {
  await makeBase(host, base);
  const signal = patience(PATIENCE_MS);
  const [said, docker] = await Promise.all([look(host, base, signal), dockerVersion(host, signal)]);
  const memory = numbersOf(said("memory"));
  const [total, , free] = numbersOf(said("disk").replace(/^\S+/, ""));
  return {
    ok: true,
    tools: {
      docker,
      systemd: versionIn(said("systemd")),
      caddy: versionIn(said("caddy")) ?? (docker && (await caddyImage(host, signal))),
      node: versionIn(said("node")),
      npm: versionIn(said("npm")),
      python3: versionIn(said("python3")),
    },
    diskFreeBytes: fromKibibytes(free),
    diskTotalBytes: fromKibibytes(total),
    memoryFreeBytes: fromKibibytes(memory[1]),
    memoryTotalBytes: fromKibibytes(memory[0]),
    cores: numbersOf(said("cores"))[0] ?? null,
    os: said("os") || null,
    latencyMs: await latency(host, signal),
    version: null,
    preflight: [],
    problem: null,
  };
}

async function makeBase(host: Host, base: string): Promise<void> {
  try {
    await host.makeDirectory(base);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Problem("base-unusable", { params: { folder: base }, detail, cause });
  }
}

async function look(host: Host, base: string, signal: AbortSignal): Promise<(name: string) => string> {
  const { exitCode, stdout, stderr } = await host.run({ args: ["sh", "-c", LOOK, "look", base] }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "sh" }, detail: stderr.trim() });
  const lines = new Map(stdout.split("\n").map((line) => [line.split("\t", 1)[0], line.slice(line.indexOf("\t") + 1)]));
  return (name) => lines.get(name)?.trim() ?? "";
}

/** Asked of the server itself, and in the way that deployments take: a client without it builds nothing. */
async function dockerVersion(host: Host, signal: AbortSignal): Promise<string | null> {
  if ((await host.stat(DOCKER_SOCKET)) === null) return null;
  try {
    const options = { path: "/version", timeoutMs: DOCKER_PATIENCE_MS, signal };
    const { status, body } = await exchange(host, { socketPath: DOCKER_SOCKET }, options);
    const answer: unknown = status === 200 ? JSON.parse(body) : null;
    return versionIn(String(Reflect.get(Object(answer), "Version") ?? ""));
  } catch {
    return null; // whatever the reason: Docker is not to be had
  }
}

/** No program, but an image that an edge can be made of. */
async function caddyImage(host: Host, signal: AbortSignal): Promise<string | null> {
  const caddy = await findCaddy({ host }, signal).catch(() => null);
  return caddy?.kind === "container" ? caddy.image : null;
}

/** "Docker version 20.10.24+dfsg1, build 297e128" is 20.10.24+dfsg1. */
export function versionIn(output: string): string | null {
  const [line = ""] = output.split("\n");
  return /\d+(\.\d+)*[^\s,()]*/.exec(line)?.[0] ?? (line.trim() || null);
}

function numbersOf(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

function fromKibibytes(amount: number | undefined): number | null {
  return amount === undefined ? null : amount * 1024;
}

async function latency(host: Host, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  await host.run({ args: ["true"] }, { signal });
  return Math.round(performance.now() - startedMs);
}
