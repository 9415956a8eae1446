import { fieldFindings } from "@/lib/contracts/field-findings";
import { can } from "@/lib/contracts/permission";
import { type FieldError, Problem, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";
import type { DriverKind, Source } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { isOffered, sourceKindsOf } from "@/lib/drivers/catalogue";
import type { Driver } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { env } from "@/lib/env";
import { findCompleteUpload } from "@/lib/sources/upload-store";
import { checkFolder } from "./folder-source";

/** The fields of a draft that were understood; the schema has refused the others. */
export interface DraftFields {
  driver?: DriverKind;
  settings?: unknown;
  source?: Source;
}

/** Who asks, and what they have already: a service keeps its upload, whoever uploaded it. */
export interface Asking {
  actor: Actor | null;
  before?: Source;
}

/** What the schemas cannot know of a draft: its driver's settings and its source. Every wrong field, not the first. */
export async function findWrongFields(
  { driver, settings, source }: DraftFields,
  asking: Asking,
): Promise<FieldError[]> {
  return [
    ...(driver ? settingsErrors(driver, settings) : []),
    ...(driver && source ? kindErrors(driver, source) : []),
    ...(source ? await sourceErrors(source, asking) : []),
  ];
}

function kindErrors(driver: DriverKind, { kind }: Source): FieldError[] {
  const isWrong = isOffered(driver) && !sourceKindsOf(driver).includes(kind);
  return isWrong ? [wrongField(["source", "kind"], "source-not-for-driver")] : [];
}

function settingsErrors(kind: DriverKind, settings: unknown): FieldError[] {
  const driver = findDriver(kind);
  if (!driver) return [wrongField(["driver"], "settings-invalid")];
  const issues = driver.settings.safeParse(settings).error?.issues ?? [];
  return fieldFindings(issues, settings).map(({ path, code, params }) =>
    wrongField(["settings", ...path], code, params),
  );
}

/** A kind of the contract this version has no driver for yet is a wrong field like any other. */
function findDriver(kind: DriverKind): Driver | null {
  try {
    return driverOf(kind);
  } catch (error) {
    if (error instanceof Problem && error.code === "settings-invalid") return null;
    throw error;
  }
}

async function sourceErrors(source: Source, asking: Asking): Promise<FieldError[]> {
  switch (source.kind) {
    case "folder": {
      const problem = await checkFolder(source.path, env.LANDFALL_SOURCE_ROOTS);
      return problem ? [wrongField(["source", "path"], problem)] : [];
    }
    case "archive":
      return (await mayUse(source, asking)) ? [] : [wrongField(["source", "uploadId"], "not-found")];
    case "image":
      return [];
  }
}

async function mayUse({ uploadId }: Source & { kind: "archive" }, { actor, before }: Asking): Promise<boolean> {
  const upload = await findCompleteUpload(uploadId);
  if (!upload) return false;
  const isKept = before?.kind === "archive" && before.uploadId === uploadId;
  return isKept || (actor !== null && can(actor, "service:update", upload));
}

/** A problem code or one of the `fields` messages; lib/http makes its sentence. */
export function wrongField(path: FieldError["path"], code: string, params?: ProblemParams): FieldError {
  return { path, code, message: code, ...(params && { params }) };
}

/** What is well formed and only stands in the way of something else that is there. */
const CONFLICTS = ["name-taken", "port-taken", "target-disabled"] as const satisfies ProblemCode[];

/** Throws one problem with every wrong field; it is a conflict when nothing but conflicts is wrong. */
export function refuseWrongFields(fields: readonly FieldError[], params: ProblemParams): void {
  if (fields.length === 0) return;
  const conflicts = CONFLICTS.filter((code) => fields.some((field) => field.code === code));
  const isConflict = fields.every((field) => conflicts.some((code) => code === field.code));
  throw new Problem((isConflict && conflicts[0]) || "invalid-request", { fields, params });
}
