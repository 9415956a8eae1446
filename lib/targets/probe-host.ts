import type { TargetCheck } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import type { Command, Host } from "@/lib/hosts/host";

const TOOL_TIMEOUT_MS = 10_000;

/** What drivers may want of a host, and how each tool tells its version. */
const VERSION_COMMANDS = {
  node: ["node", "--version"],
  npm: ["npm", "--version"],
  python3: ["python3", "--version"],
  docker: ["docker", "--version"],
  systemd: ["systemctl", "--version"],
  caddy: ["caddy", "version"],
} as const satisfies Record<string, Command["args"]>;

export async function probeHost({ host, base }: HostPlace): Promise<TargetCheck> {
  await host.makeDirectory(base);
  const [tools, diskFreeBytes, memoryFreeBytes] = await Promise.all([
    toolVersions(host),
    host.diskFreeBytes(base),
    memoryFree(host),
  ]);
  return { ok: true, tools, diskFreeBytes, memoryFreeBytes, problem: null };
}

async function toolVersions(host: Host): Promise<Record<string, string | null>> {
  const signal = AbortSignal.timeout(TOOL_TIMEOUT_MS);
  const versions = Object.entries(VERSION_COMMANDS).map(async ([tool, args]) => [
    tool,
    await versionOf(host, args, signal),
  ]);
  return Object.fromEntries(await Promise.all(versions));
}

/** `env` answers 127 for a tool that is not there, on any host alike; one that hangs is as good as missing. */
async function versionOf(host: Host, args: Command["args"], signal: AbortSignal): Promise<string | null> {
  const result = await host.run({ args: ["env", ...args] }, { signal }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  return result?.exitCode === 0 ? versionIn(result.stdout) : null;
}

/** "Docker version 20.10.24+dfsg1, build 297e128" is 20.10.24+dfsg1. */
export function versionIn(output: string): string | null {
  const [line = ""] = output.split("\n");
  return /\d+(\.\d+)*[^\s,()]*/.exec(line)?.[0] ?? (line.trim() || null);
}

async function memoryFree(host: Host): Promise<number | null> {
  const meminfo = (await host.readFile("/proc/meminfo")).toString("utf8");
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return available === undefined ? null : Number(available) * 1024;
}
