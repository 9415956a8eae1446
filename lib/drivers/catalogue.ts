import type { DriverKind } from "@/lib/contracts/service";
import { type SourceKind, sourceKindsThatGive } from "@/lib/contracts/source";

/**
 * The browser's view of a driver: its settings and their inputs. Labels and hints are messages under
 * `driverSettings.<driver>.<name>`. The driver's own schema validates them on the server.
 */
export interface SettingField {
  name: string;
  /** `code` is typed as in a shell; numbers may be left empty; a `flag` is a choice of `false` and `true`. */
  input: "code" | "text" | "integer" | "decimal" | "choice" | "flag" | "processes";
  options?: readonly string[];
  placeholder?: string;
  /** Shown only for these kinds of source; for every kind when absent. */
  sources?: readonly SourceKind[];
}
export type { SourceKind };

const FILES = sourceKindsThatGive("files");
const IMAGES = sourceKindsThatGive("image");

/** The service's own commands around a deployment, which a form shows together. */
const COMMANDS = [
  { name: "releaseCommand", input: "code", placeholder: "npm run migrate" },
  { name: "beforeSwitch", input: "code", placeholder: "npm run warm" },
  { name: "afterSwitch", input: "code", placeholder: "npm run purge-cache" },
  { name: "commandTimeoutSeconds", input: "integer", placeholder: "300" },
] as const satisfies readonly SettingField[];

const KEEP_ASSETS = {
  name: "keepAssets",
  input: "code",
  placeholder: "_next/static assets=dist/assets",
} as const satisfies SettingField;

/** Process types without a port, which a form shows as rows. */
const PROCESSES = { name: "processes", input: "processes" } as const satisfies SettingField;

export function isOfCommands({ name }: SettingField): boolean {
  return COMMANDS.some((command) => command.name === name);
}

/** A driver without a line here is not offered. */
export const CATALOGUE = {
  process: [
    { name: "start", input: "code", placeholder: "node server.js" },
    { name: "build", input: "code", placeholder: "npm run build" },
    { name: "install", input: "choice", options: ["auto", "none"] },
    { name: "runtime", input: "text", placeholder: "/usr/local/bin" },
    ...COMMANDS,
    PROCESSES,
    { name: "memoryMb", input: "integer", placeholder: "512" },
    { name: "cpus", input: "decimal", placeholder: "1.5" },
    { name: "bindAddress", input: "text", placeholder: "0.0.0.0" },
    { name: "handover", input: "choice", options: ["beside", "stop-first"] },
    KEEP_ASSETS,
  ],
  docker: [
    { name: "dockerfile", input: "text", placeholder: "Dockerfile", sources: FILES },
    { name: "stage", input: "text", placeholder: "runtime", sources: FILES },
    { name: "build", input: "choice", options: ["remote", "local"], sources: FILES },
    { name: "buildArgs", input: "code", placeholder: "VERSION=1.2", sources: FILES },
    { name: "command", input: "code", placeholder: "node server.js" },
    { name: "containerPort", input: "integer", placeholder: "8080" },
    { name: "network", input: "text", placeholder: "host" },
    { name: "user", input: "text", placeholder: "1000:1000" },
    { name: "rootFilesystem", input: "choice", options: ["writable", "read-only"] },
    { name: "rawSockets", input: "flag", options: ["false", "true"] },
    { name: "stopSignal", input: "text", placeholder: "SIGINT" },
    ...COMMANDS,
    PROCESSES,
    { name: "memoryMb", input: "integer", placeholder: "512" },
    { name: "cpus", input: "decimal", placeholder: "1.5" },
    { name: "bindAddress", input: "text", placeholder: "0.0.0.0" },
    { name: "certificate", input: "choice", options: ["automatic", "internal"] },
    { name: "handover", input: "choice", options: ["beside", "stop-first"] },
    KEEP_ASSETS,
  ],
  systemd: [
    { name: "start", input: "code", placeholder: "node server.js" },
    { name: "build", input: "code", placeholder: "npm run build" },
    { name: "install", input: "choice", options: ["auto", "none"] },
    { name: "runtime", input: "text", placeholder: "/usr/local/bin" },
    ...COMMANDS,
    PROCESSES,
    { name: "memoryMb", input: "integer", placeholder: "512" },
    { name: "cpus", input: "decimal", placeholder: "1.5" },
    { name: "bindAddress", input: "text", placeholder: "0.0.0.0" },
    { name: "certificate", input: "choice", options: ["automatic", "internal"] },
    { name: "user", input: "text", placeholder: "www-data" },
    { name: "handover", input: "choice", options: ["beside", "stop-first"] },
    KEEP_ASSETS,
  ],
  dokploy: [
    { name: "https", input: "flag", options: ["false", "true"] },
    { name: "healthCommand", input: "code", placeholder: "wget -qO- http://localhost:8080/health" },
    { name: "memoryMb", input: "integer", placeholder: "512" },
    { name: "cpus", input: "decimal", placeholder: "1.5" },
  ],
} as const satisfies Partial<Record<DriverKind, readonly SettingField[]>>;

export type OfferedDriver = keyof typeof CATALOGUE;
export const OFFERED_DRIVERS = Object.keys(CATALOGUE) as OfferedDriver[];

/** The kinds of source each driver can run, the usual one first. */
const SOURCES: Record<OfferedDriver, readonly SourceKind[]> = {
  process: FILES,
  docker: [...FILES, ...IMAGES],
  systemd: FILES,
  dokploy: IMAGES,
};

/** The tools that a driver needs on a host, by their names in a target's check (contracts/target.ts). */
const NEEDS: Record<OfferedDriver, readonly string[]> = {
  process: [],
  docker: ["docker"],
  systemd: ["systemd"],
  dokploy: [],
};

export function toolsNeededBy(driver: DriverKind): readonly string[] {
  return isOffered(driver) ? NEEDS[driver] : [];
}

export function sourceKindsOf(driver: DriverKind): readonly SourceKind[] {
  return isOffered(driver) ? SOURCES[driver] : [];
}

/** All settings of a driver, or those for one kind of source. */
export function settingFieldsOf(driver: DriverKind, kind?: SourceKind): readonly SettingField[] {
  const fields: readonly SettingField[] = isOffered(driver) ? CATALOGUE[driver] : [];
  return fields.filter(({ sources }) => !kind || !sources || sources.includes(kind));
}

export function isOffered(driver: DriverKind): driver is OfferedDriver {
  return Object.hasOwn(CATALOGUE, driver);
}
