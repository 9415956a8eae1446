import { METADATA_ADDRESSES } from "@/lib/hosts/metadata-addresses";
import type { Binding } from "../runner";
import { colonPart, commandWord, unitLine, unitWord } from "../unit-syntax";

export interface ServiceUnit {
  serviceName: string;
  releaseId: string;
  /** What the lines that it writes are marked with in the journal. */
  journalName: string;
  /** Of Landfall on the host: hidden from the service but for the release's own directory. */
  base: string;
  directory: string;
  /** As its author typed it, for a shell. */
  command: string;
  environmentFile: string;
  binding: Binding;
  user: string;
  memoryMb: number | undefined;
  cpus: number | undefined;
  /** Directories of the host, each with where the service sees it. */
  volumes: readonly { from: string; to: string }[];
}

type Setting = readonly [name: string, value: string] | null;

/**
 * The unit of one release. It ends once it has ended, and says how, until `keepDropIn` is beside it. The binding is
 * here and not in the environment file, where everybody who looks at the unit can see it.
 */
export function serviceUnit(unit: ServiceUnit): string {
  const { serviceName, releaseId, base, directory, binding, user, memoryMb, cpus } = unit;
  const settings: Setting[] = [
    ["Type", "exec"],
    ["ExecStart", `/bin/sh -c ${commandWord(unit.command)}`],
    ["WorkingDirectory", unitLine(directory)],
    ["Environment", `HOST=${binding.host} PORT=${binding.port}`],
    ["EnvironmentFile", unitLine(unit.environmentFile)],
    ["User", user],
    ...restarting(false),
    // A shell passes no signal on to what it runs.
    ["KillMode", "control-group"],
    // Only when nobody says how long: at shutdown, or when a person stops it.
    ["TimeoutStopSec", "30"],
    ["StandardOutput", "journal"],
    ["StandardError", "journal"],
    ["SyslogIdentifier", serviceName],
    ["LogExtraFields", `LANDFALL_SERVICE=${unit.journalName}`],
    memoryMb === undefined ? null : ["MemoryMax", `${memoryMb}M`],
    // What may be swapped out is not limited.
    memoryMb === undefined ? null : ["MemorySwapMax", "0"],
    cpus === undefined ? null : ["CPUQuota", `${Math.round(cpus * 100)}%`],
    ...confinement({ user, base, seen: [{ from: directory, to: directory }, ...unit.volumes] }),
  ];
  return `[Unit]
Description=Landfall service ${serviceName}, release ${releaseId}
After=network.target
StartLimitIntervalSec=0

[Service]
${lines(settings)}
[Install]
WantedBy=multi-user.target
`;
}

/** From now on it is started again whenever it ends. */
export function keepDropIn(): string {
  return `[Service]\n${lines(restarting(true))}`;
}

function restarting(isKept: boolean): Setting[] {
  return [
    ["Restart", isKept ? "always" : "no"],
    ["RestartSec", "500ms"],
    // Without this, systemd forgets the exit code 0 of a unit that nothing refers to.
    ["RemainAfterExit", isKept ? "no" : "yes"],
  ];
}

/**
 * What keeps a service, and its build, to itself. Its user may come to its own files, whatever the directories above them
 * allow, and sees no other's.
 */
export function confinement({
  user,
  base,
  seen,
}: {
  user: string;
  base: string;
  seen: readonly { from: string; to: string }[];
}): Setting[] {
  return [
    ...hardening(user),
    ["TemporaryFileSystem", unitWord(`${colonPart(base)}:ro`)],
    ...seen.map(({ from, to }) => bindPath(from, to)),
  ];
}

/** What services on the web bear without noticing. */
function hardening(user: string): Setting[] {
  return [
    ["NoNewPrivileges", "yes"],
    ["ProtectSystem", "strict"],
    ["ProtectHome", "tmpfs"],
    ["PrivateTmp", "yes"],
    ["PrivateDevices", "yes"],
    ["ProtectKernelTunables", "yes"],
    ["ProtectKernelModules", "yes"],
    ["ProtectKernelLogs", "yes"],
    ["ProtectControlGroups", "yes"],
    ["ProtectClock", "yes"],
    ["ProtectHostname", "yes"],
    ["ProtectProc", "invisible"],
    ["RestrictSUIDSGID", "yes"],
    ["RestrictRealtime", "yes"],
    ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
    ["LockPersonality", "yes"],
    ["SystemCallArchitectures", "native"],
    // Clouds hand out the machine's credentials there. On some, names are looked up at one of them: see unit-scripts.ts.
    ["IPAddressDeny", [...METADATA_ADDRESSES.ipv4, ...METADATA_ADDRESSES.ipv6].join(" ")],
    // Who asks for root asks for what root may do.
    ...(user === "root"
      ? []
      : ([
          ["CapabilityBoundingSet", ""],
          ["InaccessiblePaths", "-/run/docker.sock -/run/containerd"],
        ] as const)),
  ];
}

function bindPath(from: string, to: string): Setting {
  return ["BindPaths", `${unitWord(from)}:${unitWord(to)}`];
}

function lines(settings: readonly Setting[]): string {
  return settings.map((setting) => (setting === null ? "" : `${setting[0]}=${setting[1]}\n`)).join("");
}
