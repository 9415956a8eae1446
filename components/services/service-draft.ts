import { filledVolumes, newVolume, type VolumeDraft } from "@/components/templates/template-draft";
import type { DriverKind, ServiceDetail } from "@/lib/contracts/service";
import { OFFERED_DRIVERS, type SourceKind, settingFieldsOf, sourceKindsOf } from "@/lib/drivers/catalogue";

/** A service as it is typed: text that is not right yet stays as it is, and the server says what is wrong with it. */
export interface ServiceDraft {
  name: string;
  driver: DriverKind;
  target: string;
  sourceKind: SourceKind;
  path: string;
  /** Of an archive that is there; empty before one is. */
  uploadId: string;
  image: string;
  gitUrl: string;
  gitRef: string;
  gitPath: string;
  port: string;
  healthPath: string;
  domain: string;
  dropletId: string;
  autoRegister: boolean;
  settings: Record<string, string>;
  volumes: readonly VolumeDraft[];
  health: Partial<Record<HealthName, string>>;
}

export const HEALTH_FIELDS = [
  "portTimeoutMs",
  "requestTimeoutMs",
  "intervalMs",
  "goodIntervalMs",
  "healthyThreshold",
  "unhealthyThreshold",
  "stabilityMs",
  "drainMs",
] as const;
export type HealthName = (typeof HEALTH_FIELDS)[number];

export function isSeconds(name: HealthName): boolean {
  return name.endsWith("Ms");
}

export const emptyDraft: ServiceDraft = {
  name: "",
  driver: "process",
  target: "",
  sourceKind: "folder",
  path: "",
  uploadId: "",
  image: "",
  gitUrl: "",
  gitRef: "",
  gitPath: "",
  port: "",
  healthPath: "/health",
  domain: "",
  dropletId: "",
  autoRegister: true,
  settings: {},
  volumes: [],
  health: {},
};

export function draftOf(service: ServiceDetail): ServiceDraft {
  const { name, driver, target, source, port, healthPath, domain, dropletId, autoRegister, settings, health } = service;
  return {
    name,
    driver,
    target: target.name,
    sourceKind: source.kind,
    path: source.kind === "folder" ? source.path : "",
    uploadId: source.kind === "archive" ? source.uploadId : "",
    image: source.kind === "image" ? source.image : "",
    gitUrl: source.kind === "git" ? source.url : "",
    gitRef: source.kind === "git" ? (source.ref ?? "") : "",
    gitPath: source.kind === "git" ? (source.path ?? "") : "",
    port: String(port),
    healthPath,
    domain: domain ?? "",
    dropletId: dropletId === null ? "" : String(dropletId),
    autoRegister,
    volumes: service.volumes.map((volume) => newVolume(volume.name, volume.path)),
    settings: Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)])),
    health: Object.fromEntries(
      HEALTH_FIELDS.map((key) => [key, String(isSeconds(key) ? health[key] / 1000 : health[key])]),
    ),
  };
}

/** Not every driver takes every source: choosing one moves the other along. */
export function withSourceKind({ driver }: ServiceDraft, sourceKind: SourceKind): Partial<ServiceDraft> {
  const takes = (one: DriverKind) => sourceKindsOf(one).includes(sourceKind);
  return { sourceKind, driver: takes(driver) ? driver : (OFFERED_DRIVERS.find(takes) ?? driver) };
}

export function withDriver({ sourceKind }: ServiceDraft, driver: DriverKind): Partial<ServiceDraft> {
  const kinds = sourceKindsOf(driver);
  return { driver, sourceKind: kinds.includes(sourceKind) ? sourceKind : (kinds[0] ?? sourceKind) };
}

/** What both creating and changing send. What is empty is left out: the answer says that it is needed. */
export function bodyOf(draft: ServiceDraft): Record<string, unknown> {
  return {
    driver: draft.driver,
    source: sourceOf(draft),
    settings: settingsOf(draft),
    port: asNumber(draft.port),
    healthPath: draft.healthPath.trim(),
    health: healthOf(draft),
    domain: draft.domain.trim() || null,
    volumes: filledVolumes(draft).map(({ name, path }) => ({ name: name.trim(), path: path.trim() })),
    dropletId: asNumber(draft.dropletId) ?? null,
    autoRegister: draft.autoRegister,
  };
}

function sourceOf({ sourceKind: kind, path, uploadId, image, ...git }: ServiceDraft): Record<string, unknown> {
  const own = {
    folder: { path: path.trim() },
    archive: { uploadId },
    image: { image: image.trim() },
    git: { url: git.gitUrl.trim(), ref: git.gitRef.trim(), path: git.gitPath.trim() },
  }[kind];
  return { kind, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== "")) };
}

/** Of another driver or source that was looked at in between, nothing is sent. */
function settingsOf({ driver, sourceKind, settings }: ServiceDraft): Record<string, unknown> {
  const entries = settingFieldsOf(driver, sourceKind).flatMap(({ name, input }): [string, unknown][] => {
    const text = settings[name]?.trim() ?? "";
    if (text === "") return [];
    if (input === "flag") return [[name, text === "true"]];
    return [[name, input === "integer" || input === "decimal" ? asNumber(text) : text]];
  });
  return Object.fromEntries(entries);
}

function healthOf({ health }: ServiceDraft): Record<string, unknown> {
  const entries = HEALTH_FIELDS.flatMap((name) => {
    const value = asNumber(health[name] ?? "");
    if (value === undefined) return [];
    return [[name, typeof value === "number" && isSeconds(name) ? Math.round(value * 1000) : value]];
  });
  return Object.fromEntries(entries);
}

/** Text that is no number is sent as it is: the answer names the field. */
function asNumber(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}
