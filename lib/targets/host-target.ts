import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import { findCaddy } from "@/lib/drivers/edge/caddy";
import { exchange } from "@/lib/drivers/http-exchange";
import { measureFolders } from "@/lib/drivers/inventory/folders";
import { clearHost, listOwned } from "@/lib/drivers/inventory/owned-things";
import type { Host } from "@/lib/hosts/host";
import { log } from "@/lib/platform/log";
import { type Connection, failedCheck, type Inventory, type TargetRow } from "./kind";

/* The parts that all kinds of target share that are hosts: this machine, and servers over SSH. */

type Open = (target: TargetRow) => Promise<HostPlace>;

/** The part of such a kind that works on the host, independent of how it is reached. */
export function hostKind(open: Open) {
  return {
    check: (target: TargetRow) => checkHost(() => open(target)),
    inventory: async (target: TargetRow) => inventoryOf(await open(target)),
    clear: async (target: TargetRow) => clear(await open(target)),
    repairs: () => false, // a host's driver restores its services itself
  };
}

export function hostConnection(place: HostPlace): Connection {
  return {
    access: place,
    host: place,
    ping: async () => {
      await place.host.stat(place.base);
    },
    close: () => place.host.close(),
  };
}

function inventoryOf(place: HostPlace): Inventory {
  return {
    list: () => listOwned(place),
    measure: (paths) => measureFolders(place, paths),
    close: () => place.host.close(),
  };
}

/** A person waits for the removal of a target: a server that is silent for longer is reported to them. */
const CLEAR_MS = 30_000;

async function clear(place: HostPlace): Promise<void> {
  const cleared = clearHost(place).finally(() => place.host.close());
  await Promise.race([cleared, untilAborted(patience(CLEAR_MS))]);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** Checks a host that `open` connects to. A host that does not answer is a result, not an error. */
export async function checkHost(open: () => Promise<HostPlace>): Promise<TargetCheck> {
  let place: HostPlace | undefined;
  try {
    place = await open();
    return await probeHost(place);
  } catch (error) {
    return failedCheck(causeOf(error));
  } finally {
    await place?.host.close();
  }
}

function causeOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a host could not be checked");
  return { code: "internal", params: {}, detail: error instanceof Error ? error.message : String(error) };
}

/** Aborts, with a problem that names the reason, when a host has not answered within `ms`. */
export function patience(ms: number): AbortSignal {
  const controller = new AbortController();
  const giveUp = () =>
    controller.abort(new Problem("host-unreachable", { detail: `no answer within ${ms / 1_000} s` }));
  setTimeout(giveUp, ms).unref();
  return controller.signal;
}

const PATIENCE_MS = 20_000;
const DOCKER_SOCKET = "/var/run/docker.sock";
const DOCKER_PATIENCE_MS = 5_000;

/**
 * One command for everything, because every further one costs a round trip. Each line of its output is a name, a tab
 * and a value. A tool that hangs is treated as missing, and so is an installed systemd that is not the machine's init.
 * npm is asked only where its own file does not tell: its start takes half a second of the processor.
 */
const READ_FACTS = `
say() { printf '%s\\t%s\\n' "$1" "$2"; }
first() { timeout 5 "$@" 2>/dev/null | head -n 1; }
node=$(first node --version)
say node "$node"
npm=$(readlink -f -- "$(command -v npm)" 2>/dev/null)
case $node$npm in
  v*/npm/bin/npm-cli.js)
    npm=$(sed -n '/^  "version": "/{s/^  "version": "\\([^"]*\\)".*/\\1/p;q;}' "\${npm%/bin/*}/package.json") ;;
  *) npm= ;;
esac
say npm "\${npm:-$(first npm --version)}"
say python3 "$(first python3 --version)"
[ -d /run/systemd/system ] && say systemd "$(first systemctl --version)"
say caddy "$(STEPPATH=/tmp first caddy version)"
say os "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"')"
say cores "$(getconf _NPROCESSORS_ONLN)"
say memory "$(sed -n 's/^Mem\\(Total\\|Available\\): *\\([0-9]*\\) kB$/\\1 \\2/p' /proc/meminfo | tr '\\n' ' ')"
say disk "$(df -Pk -- "$1" | tail -n 1)"
`;

/** The tools and resources of a host. Throws why the host cannot be used. */
async function probeHost({ host, base }: HostPlace): Promise<TargetCheck> {
  await makeBase(host, base);
  const signal = patience(PATIENCE_MS);
  const [fact, docker] = await Promise.all([readFacts(host, base, signal), dockerVersion(host, signal)]);
  const memory = numbersOf(fact("memory"));
  const [total, , free] = numbersOf(fact("disk").replace(/^\S+/, ""));
  return {
    ok: true,
    tools: {
      docker,
      systemd: versionIn(fact("systemd")),
      caddy: versionIn(fact("caddy")) ?? (docker && (await caddyImage(host, signal))),
      node: versionIn(fact("node")),
      npm: versionIn(fact("npm")),
      python3: versionIn(fact("python3")),
    },
    diskFreeBytes: fromKibibytes(free),
    diskTotalBytes: fromKibibytes(total),
    memoryFreeBytes: fromKibibytes(memory[1]),
    memoryTotalBytes: fromKibibytes(memory[0]),
    cores: numbersOf(fact("cores"))[0] ?? null,
    os: fact("os") || null,
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

async function readFacts(host: Host, base: string, signal: AbortSignal): Promise<(name: string) => string> {
  const { exitCode, stdout, stderr } = await host.run({ args: ["sh", "-c", READ_FACTS, "look", base] }, { signal });
  if (exitCode !== 0) throw new Problem("command-failed", { params: { command: "sh" }, detail: stderr.trim() });
  const lines = new Map(stdout.split("\n").map((line) => [line.split("\t", 1)[0], line.slice(line.indexOf("\t") + 1)]));
  return (name) => lines.get(name)?.trim() ?? "";
}

/** Read from the daemon, as deployments do: a Docker client without its daemon builds nothing. */
async function dockerVersion(host: Host, signal: AbortSignal): Promise<string | null> {
  if ((await host.stat(DOCKER_SOCKET)) === null) return null;
  try {
    const options = { path: "/version", timeoutMs: DOCKER_PATIENCE_MS, signal };
    const { status, body } = await exchange(host, { socketPath: DOCKER_SOCKET }, options);
    const answer: unknown = status === 200 ? JSON.parse(body) : null;
    return versionIn(String(Reflect.get(Object(answer), "Version") ?? ""));
  } catch {
    return null; // whatever the reason: Docker cannot be used
  }
}

/** Without the program Caddy, the edge can run from an image. */
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
