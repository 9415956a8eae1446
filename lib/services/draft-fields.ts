import { fieldFindings } from "@/lib/contracts/field-findings";
import { type GrantingTarget, isBound, isUnder, sourceRootsFor, withheld } from "@/lib/contracts/grants";
import { parseImageReference } from "@/lib/contracts/image-reference";
import { can } from "@/lib/contracts/permission";
import { type FieldError, Problem, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";
import type { DriverKind, Source, Volume } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { isOffered, sourceKindsOf } from "@/lib/drivers/catalogue";
import type { Driver } from "@/lib/drivers/driver";
import type { Wanted } from "@/lib/drivers/refusal";
import { driverOf } from "@/lib/drivers/registry";
import { leadsInward, registryLeadsInward } from "@/lib/hosts/inward-address";
import { checkFolder } from "@/lib/hosts/source-access";
import type { Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import type { Secrets } from "@/lib/platform/secrets/secret";
import { findCompleteUpload, touchUpload } from "@/lib/sources/upload-store";

/** The fields of a draft that were understood; the schema has refused the others. */
interface DraftFields {
  driver?: DriverKind;
  settings?: unknown;
  source?: Source;
  port?: number | undefined;
  domain?: string | null;
  volumes?: readonly Volume[];
  environment?: Secrets;
}

/** Who asks for whom, where to, and what they have already: a service keeps its upload, whoever uploaded it. */
interface Asking {
  actor: Actor;
  ownerRole: string;
  /** Null where the target is not known; then a member is granted nothing of it. */
  target: GrantingTarget | null;
  before?: Source;
  domainBefore?: string | null;
}

/**
 * What the schemas cannot know of a draft: its driver's settings, its source, and whether the target grants them. Every
 * wrong field, not the first.
 */
export async function findWrongFields(
  { driver, settings, source, port, ...wanted }: DraftFields,
  asking: Asking,
): Promise<FieldError[]> {
  const { target } = asking;
  return [
    // The folder is asked about below, where the disk is.
    ...(target ? withheld(asking, target, { driver, settings, port, isFromTemplate: false }) : []),
    ...(driver ? settingsErrors(driver, settings) : []),
    ...(driver ? refusedFields(driver, { settings, ...wanted }) : []),
    ...(driver && source ? kindErrors(driver, source) : []),
    ...(source ? await sourceErrors(source, asking) : []),
    ...(wanted.domain ? await domainErrors(wanted.domain, asking) : []),
  ];
}

/** What a member calls their service is asked for by this machine, so it must not lead back to it, nor be the console's own name. */
async function domainErrors(domain: string, asking: Asking): Promise<FieldError[]> {
  if (!isBound(asking) || domain === asking.domainBefore) return [];
  const isWrong = isConsoleName(domain) || (await leadsInward(domain));
  return isWrong ? [wrongField(["domain"], "domain-leads-inward")] : [];
}

/** Whoever had it would be sent what people send the console. */
export function isConsoleName(domain: string): boolean {
  return URL.parse(env.NEXTAUTH_URL ?? "")?.hostname === domain;
}

/** What the driver would refuse in Validation is refused when it is saved, by the same function. */
export function refusedFields(kind: DriverKind, wanted: Wanted): FieldError[] {
  const refusals = findDriver(kind)?.refuses?.(wanted) ?? [];
  return refusals.map(({ path, code, params }) => wrongField(path, code, params));
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
      const problem = await folderProblem(source.path, asking);
      return problem ? [wrongField(["source", "path"], problem)] : [];
    }
    case "archive":
      return (await mayUse(source, asking)) ? [] : [wrongField(["source", "uploadId"], "not-found")];
    case "image":
      return imageErrors(source.image, asking);
  }
}

/**
 * Of a folder that is not granted nothing is said but that, not even whether it is there. Where the target is not known,
 * a member is told no more than that a folder is outside of all roots.
 */
async function folderProblem(path: string, asking: Asking): Promise<string | null> {
  const all = env.LANDFALL_SOURCE_ROOTS;
  if (!isBound(asking)) return checkFolder(path, all);
  const outside = isUnder(path, all) ? "folder-not-granted" : "source-outside-roots";
  if (!asking.target) return outside === "source-outside-roots" ? outside : null;
  const roots = sourceRootsFor(asking, asking.target.grants, all);
  return isUnder(path, roots) ? checkFolder(path, roots) : outside;
}

/** A registry whose sign-in is granted may be on the target itself. */
async function imageErrors(image: string, asking: Asking): Promise<FieldError[]> {
  const host = parseImageReference(image)?.host;
  if (!isBound(asking) || host === undefined || asking.target?.grants.registries.includes(host)) return [];
  return (await registryLeadsInward(host)) ? [wrongField(["source", "image"], "registry-leads-inward", { host })] : [];
}

async function mayUse({ uploadId }: Source & { kind: "archive" }, { actor, before }: Asking): Promise<boolean> {
  const upload = await findCompleteUpload(uploadId);
  if (!upload) return false;
  const isKept = before?.kind === "archive" && before.uploadId === uploadId;
  return isKept || can(actor, "service:update", upload);
}

/** Runs in the transaction that makes a service use the upload: an unused upload may be about to be deleted. */
export async function needUpload(tx: Tx, source: Source): Promise<void> {
  if (source.kind !== "archive" || (await touchUpload(tx, source.uploadId))) return;
  refuseWrongFields([wrongField(["source", "uploadId"], "not-found")], {});
}

/** A problem code or one of the `fields` messages; lib/web/http makes its sentence. */
export function wrongField(path: FieldError["path"], code: string, params?: ProblemParams): FieldError {
  return { path, code, message: code, ...(params && { params }) };
}

/** What is well formed and only stands in the way of something else that is there. */
const CONFLICTS = ["name-taken", "port-taken", "domain-taken", "target-disabled"] as const satisfies ProblemCode[];

const WITHHELD = [
  "driver-not-granted",
  "network-not-granted",
  "user-not-granted",
  "folder-not-granted",
  "port-not-granted",
  "template-only",
  "target-not-isolated",
  "administrators-only",
];

/**
 * Throws one problem with every wrong field. It is a conflict when nothing but conflicts is wrong, and `choice-not-granted`
 * when nothing is wrong but what the target withholds.
 */
export function refuseWrongFields(fields: readonly FieldError[], params: ProblemParams): void {
  if (fields.length === 0) return;
  if (fields.every(({ code }) => WITHHELD.includes(code))) throw new Problem("choice-not-granted", { fields, params });
  const conflicts = CONFLICTS.filter((code) => fields.some((field) => field.code === code));
  const isConflict = fields.every((field) => conflicts.some((code) => code === field.code));
  throw new Problem((isConflict && conflicts[0]) || "invalid-request", { fields, params });
}
