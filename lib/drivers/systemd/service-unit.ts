import { METADATA_ADDRESSES } from "@/lib/hosts/metadata-addresses";
import type { Binding } from "../runner";
import { colonPart, commandWord, unitLine, unitWord } from "../unit-syntax";

export interface ServiceUnit {
  serviceName: string;
  releaseId: string;
  /** Marks its lines in the journal. */
  journalName: string;
  /** Landfall's base directory: hidden from the service, except the release's own directory. */
  base: string;
  directory: string;
  /** As its author typed it, for a shell. */
  command: string;
  environmentFile: string;
  /** Null for a worker. */
  binding: Binding | null;
  /** Variables besides the binding. Not secret. */
  variables?: Readonly<Record<string, string>>;
  /** A file for its output, instead of the journal. systemd opens it before it becomes the user. */
  outputFile?: string;
  user: string;
  memoryMb: number | undefined;
  cpus: number | undefined;
  /** Directories of the host, each with where the service sees it. */
  volumes: readonly { from: string; to: string }[];
}

type Setting = readonly [name: string, value: string] | null;

/**
 * The unit of one release. It is not restarted, and reports how it ended, until `keepDropIn` is beside it. The binding is
 * here and not in the environment file, so that everyone who reads the unit can see it.
 */
export function serviceUnit(unit: ServiceUnit): string {
  const { serviceName, releaseId, base, directory, binding, user, memoryMb, cpus } = unit;
  const output = unit.outputFile === undefined ? "journal" : `append:${unitLine(unit.outputFile)}`;
  const settings: Setting[] = [
    ["Type", "exec"],
    ["ExecStart", `/bin/sh -c ${commandWord(unit.command)}`],
    ["WorkingDirectory", unitLine(directory)],
    binding === null ? null : ["Environment", `HOST=${binding.host} PORT=${binding.port}`],
    ...Object.entries(unit.variables ?? {}).map(
      ([name, value]): Setting => ["Environment", unitWord(`${name}=${value}`)],
    ),
    ["EnvironmentFile", unitLine(unit.environmentFile)],
    ["User", user],
    ...restarting(false),
    // A shell does not forward signals to its child processes.
    ["KillMode", "control-group"],
    // Used only without an explicit stop: at shutdown, or when a person stops it.
    ["TimeoutStopSec", "30"],
    ["StandardOutput", output],
    ["StandardError", output],
    ["SyslogIdentifier", serviceName],
    ["LogExtraFields", `LANDFALL_SERVICE=${unit.journalName}`],
    // Where it costs something (control groups of version 1), systemd counts only what it is told to.
    ["CPUAccounting", "yes"],
    ["MemoryAccounting", "yes"],
    memoryMb === undefined ? null : ["MemoryMax", `${memoryMb}M`],
    // A limit that excludes swap is none.
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

/** With it the unit is restarted whenever it ends. */
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
 * Confines a service, and its build, to itself. Its user can reach its own files, whatever the directories above them allow,
 * and sees no others.
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

/** Restrictions that have no effect on web services. */
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
    // Clouds give out the machine's credentials there. On some, one of the addresses is also the name server: see
    // units.sh.
    ["IPAddressDeny", [...METADATA_ADDRESSES.ipv4, ...METADATA_ADDRESSES.ipv6].join(" ")],
    // A service that runs as root gets root's capabilities.
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
