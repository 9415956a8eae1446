import * as z from "zod";
import { typedOf } from "@/components/forms/contract-values";
import type { SourceValues } from "@/components/sources/kinds";
import { HealthCheck } from "@/lib/contracts/health-check";
import { ProcessType } from "@/lib/contracts/process-type";
import type { DriverKind, ServiceDetail } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import {
  OFFERED_DRIVERS,
  type SettingField,
  type SourceKind,
  settingFieldsOf,
  sourceKindsOf,
} from "@/lib/drivers/catalogue";
import { type ProcessRow, processesOf, processRowsOf } from "./process-values";
import { environmentOf, secretsAmong, type Variable } from "./variables";
import { newVolume, type Volume } from "./volume-rows";

/** The values of the service form's controls, in the shape of its contract. */
export interface ServiceValues {
  name: string;
  driver: DriverKind;
  target: string;
  /** What was typed for one kind is still there after another one was chosen. */
  source: SourceValues;
  port: string;
  /** Empty where no one chose one. */
  healthPath: string;
  domain: string;
  dropletId: string;
  autoRegister: boolean;
  settings: Record<string, string>;
  /** Process types besides `web`, which the settings have by name. */
  processes: readonly ProcessRow[];
  volumes: readonly Volume[];
  health: Record<string, string>;
  variables: readonly Variable[];
}

export const HEALTH_FIELDS = Object.keys(HealthCheck.shape) as (keyof HealthCheck)[];

export const emptyService: ServiceValues = {
  name: "",
  driver: "process",
  target: "",
  source: { kind: "folder", path: "", uploadId: "", image: "", url: "", ref: "", folder: "" },
  port: "",
  healthPath: "",
  domain: "",
  dropletId: "",
  autoRegister: true,
  settings: {},
  processes: [],
  volumes: [],
  health: {},
  variables: [],
};

export function valuesOf(service: ServiceDetail): ServiceValues {
  const { name, driver, target, source, port, domain, dropletId, autoRegister, health } = service;
  const { processes, ...settings } = service.settings;
  const healthPath = service.healthPathChosen ? service.healthPath : "";
  const typed = typedOf({ name, driver, port, healthPath, domain, dropletId, autoRegister, settings, health });
  return {
    ...emptyService,
    ...(typed as Partial<ServiceValues>),
    target: target.name,
    source: sourceValuesOf(source),
    processes: processRowsOf(processes),
    volumes: service.volumes.map((volume) => newVolume(volume.name, volume.path)),
  };
}

/** The contract of creating and changing with this driver and source. The driver's settings come from its catalogue. */
export function contractOf(contract: z.ZodObject): (values: ServiceValues) => z.ZodType {
  return ({ driver, source }) => contract.extend({ settings: settingsShape(driver, source.kind) });
}

/** What the controls hold of a stored source. */
function sourceValuesOf(source: Source): SourceValues {
  const { source: empty } = emptyService;
  return source.kind === "git"
    ? { ...empty, kind: "git", url: source.url, ref: source.ref ?? "", folder: source.path ?? "" }
    : { ...empty, ...source };
}

/** Rows of variables become the environment. The folder of a repository is another control than that of this machine. */
export function prepareService({ variables, source, processes, ...values }: ServiceValues): Record<string, unknown> {
  const sent = source.kind === "git" ? { ...source, path: source.folder } : source;
  const settings = { ...values.settings, processes: processesOf(processes) };
  return { ...values, settings, source: sent, environment: environmentOf(variables), secret: secretsAmong(variables) };
}

/** Without the settings of other drivers and sources, which are not sent. The driver itself validates values. */
function settingsShape(driver: DriverKind, kind: SourceKind) {
  const fields = settingFieldsOf(driver, kind).map((field) => [field.name, settingShape(field).optional()] as const);
  return z.object(Object.fromEntries(fields));
}

function settingShape({ input, options = [] }: SettingField): z.ZodType {
  switch (input) {
    case "integer":
    case "decimal":
      return z.number();
    case "flag":
      return z.boolean();
    case "choice":
      return z.enum(options);
    case "processes":
      return z.record(ProcessType, z.unknown());
    default:
      return z.string();
  }
}

/** Not every driver supports every source: the chosen source determines the possible drivers. */
export function withSourceKind({ driver }: { driver: DriverKind }, kind: SourceKind) {
  const takes = (one: DriverKind) => sourceKindsOf(one).includes(kind);
  return { kind, driver: takes(driver) ? driver : (OFFERED_DRIVERS.find(takes) ?? driver) };
}

export function withDriver({ kind }: { kind: SourceKind }, driver: DriverKind) {
  const kinds = sourceKindsOf(driver);
  return { driver, kind: kinds.includes(kind) ? kind : (kinds[0] ?? kind) };
}
