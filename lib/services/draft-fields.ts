import { fieldFindings } from "@/lib/contracts/field-findings";
import { type GrantingTarget, isBound, withheld } from "@/lib/contracts/grants";
import { type FieldError, Problem, type ProblemCode, type ProblemParams } from "@/lib/contracts/problem";
import type { DriverKind, Volume } from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import { isOffered, sourceKindsOf } from "@/lib/drivers/catalogue";
import type { Driver } from "@/lib/drivers/driver";
import type { Wanted } from "@/lib/drivers/refusal";
import { driverOf } from "@/lib/drivers/registry";
import { isConsoleName, leadsInward, registryLeadsInward } from "@/lib/hosts/inward-address";
import type { Tx } from "@/lib/platform/db/client";
import type { Secrets } from "@/lib/platform/secrets/secret";
import { providerOf } from "@/lib/sources/registry";
import type { SourceFinding } from "@/lib/sources/source";

/** The valid fields of a draft; the schema has refused the others. */
interface DraftFields {
  driver?: DriverKind;
  settings?: unknown;
  source?: Source;
  port?: number | undefined;
  domain?: string | null;
  volumes?: readonly Volume[];
  environment?: Secrets;
}

/** Who saves the service and for whom, its target, and its current values. */
interface Asking {
  actor: Actor;
  ownerRole: string;
  /** Null for an unknown target: then a member has no grants. */
  target: GrantingTarget | null;
  /** The service's current source; `unknown` when the service was not read. */
  before?: Source | "unknown";
  domainBefore?: string | null;
}

/**
 * Checks what the schemas cannot: the driver's settings, the source, and the target's grants. Returns every invalid
 * field, not only the first.
 */
export async function findWrongFields(
  { driver, settings, source, port, ...wanted }: DraftFields,
  asking: Asking,
): Promise<FieldError[]> {
  const { target } = asking;
  return [
    // The source is checked below, by its provider.
    ...(target ? withheld(asking, target, { driver, settings, port, isFromTemplate: false }) : []),
    ...(driver ? settingsErrors(driver, settings) : []),
    ...(driver ? refusedFields(driver, { settings, ...wanted }) : []),
    ...(driver && source ? kindErrors(driver, source) : []),
    ...(source ? await sourceErrors(source, asking) : []),
    ...(wanted.domain ? await domainErrors(wanted.domain, asking) : []),
  ];
}

/** This machine sends requests to a member's domain, so the name must not lead to it or be the console's own. */
async function domainErrors(domain: string, asking: Asking): Promise<FieldError[]> {
  if (!isBound(asking) || domain === asking.domainBefore) return [];
  const isWrong = isConsoleName(domain) || (await leadsInward(domain));
  return isWrong ? [wrongField(["domain"], "domain-leads-inward")] : [];
}

/** Refuses on save what the driver would refuse in Validation, with the same function. */
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

/** A driver that the contract has but this version does not is an invalid field. */
function findDriver(kind: DriverKind): Driver | null {
  try {
    return driverOf(kind);
  } catch (error) {
    if (error instanceof Problem && error.code === "settings-invalid") return null;
    throw error;
  }
}

async function sourceErrors(source: Source, asking: Asking): Promise<FieldError[]> {
  const findings = await providerOf(source).check(source, { ...asking, leadsInward: registryLeadsInward });
  return findings.map(wrongSetting);
}

/** Prevents the removal of what the source refers to. Runs in the transaction that saves the service. */
export async function reserveSource(tx: Tx, source: Source): Promise<void> {
  const findings = (await providerOf(source).reserve?.(source, tx)) ?? [];
  refuseWrongFields(findings.map(wrongSetting), {});
}

function wrongSetting({ setting, code, params }: SourceFinding): FieldError {
  return wrongField(["source", setting], code, params);
}

/** A problem code or a `fields` message; lib/web/http adds the sentence. */
export function wrongField(path: FieldError["path"], code: string, params?: ProblemParams): FieldError {
  return { path, code, message: code, ...(params && { params }) };
}

/** Valid values that conflict with something existing. */
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
 * Throws one problem with every invalid field. It is a conflict when all of them are conflicts, and
 * `choice-not-granted` when the target denies all of them.
 */
export function refuseWrongFields(fields: readonly FieldError[], params: ProblemParams): void {
  if (fields.length === 0) return;
  if (fields.every(({ code }) => WITHHELD.includes(code))) throw new Problem("choice-not-granted", { fields, params });
  const conflicts = CONFLICTS.filter((code) => fields.some((field) => field.code === code));
  const isConflict = fields.every((field) => conflicts.some((code) => code === field.code));
  throw new Problem((isConflict && conflicts[0]) || "invalid-request", { fields, params });
}
