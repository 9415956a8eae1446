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
import { leadsInward, registryLeadsInward } from "@/lib/hosts/inward-address";
import type { Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import type { Secrets } from "@/lib/platform/secrets/secret";
import { providerOf } from "@/lib/sources/registry";
import type { SourceFinding } from "@/lib/sources/source";

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

/** Who saves the service and for whom, where it is deployed to, and what it has already. */
interface Asking {
  actor: Actor;
  ownerRole: string;
  /** Null where the target is not known: then a member has no grants. */
  target: GrantingTarget | null;
  /** The source that the service has already; `unknown` where the service was not read. */
  before?: Source | "unknown";
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
    // The source is checked below, by its provider.
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
  const findings = await providerOf(source).check(source, { ...asking, leadsInward: registryLeadsInward });
  return findings.map(wrongSetting);
}

/** Keeps what the source refers to from being removed. Runs in the transaction that saves the service. */
export async function reserveSource(tx: Tx, source: Source): Promise<void> {
  const findings = (await providerOf(source).reserve?.(source, tx)) ?? [];
  refuseWrongFields(findings.map(wrongSetting), {});
}

function wrongSetting({ setting, code, params }: SourceFinding): FieldError {
  return wrongField(["source", setting], code, params);
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
