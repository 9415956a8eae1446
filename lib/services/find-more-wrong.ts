import { mayDeployTo, targetNotGranted } from "@/lib/contracts/grants";
import { can } from "@/lib/contracts/permission";
import type { FieldError } from "@/lib/contracts/problem";
import { type DriverKind, NewService, ServiceChange } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { findDefaultTarget, findDeployerTarget, findTargetRow, type TargetRow } from "@/lib/targets/target-store";
import { findWrongFields } from "./draft-fields";
import { findTakenFields, type Place } from "./place-fields";

/** Further errors of a service that its schema has refused, as far as its other fields are valid. */
export async function findMoreWrongInNew(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  const fields = readable(NewService.shape, body);
  return findWrong(fields, { newName: fields.name }, actor);
}

/** The same for a service that may exist already. Its source is a folder, which has no owner. */
export async function findMoreWrongInPut(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  // A caller who may only deploy changes nothing, so nothing is looked up for them.
  if (actor && !can(actor, "service:update")) return [];
  const fields = readable(NewService.shape, body);
  return findWrong(fields, { portMayBeOf: fields.name }, actor, findDeployerTarget);
}

async function findWrong(
  fields: Readable<typeof NewService.shape>,
  names: Pick<Place, "newName" | "portMayBeOf">,
  actor: Actor | null,
  findDefault: (driver: DriverKind | undefined) => Promise<TargetRow | null> = findDefaultTarget,
): Promise<FieldError[]> {
  const { driver, source, settings, port, domain, volumes, environment } = fields;
  const target = fields.target === undefined ? await findDefault(driver) : await findTargetRow(fields.target);
  if (!actor) return [];
  const deployer = { actor, ownerRole: actor.role };
  // A caller who may not deploy there learns nothing about the target.
  if (target && !mayDeployTo(actor, target.grants)) return [...targetNotGranted(target.name).fields];
  return [
    ...(await findWrongFields(
      { driver, source, settings, port, domain, volumes, ...(environment && { environment: secretsOf(environment) }) },
      { ...deployer, target },
    )),
    ...(await findTakenFields({ ...names, driver, port, target })),
  ];
}

/** The same for a change; the command checks what depends on the service itself. */
export async function findMoreWrongInChange(body: unknown, actor: Actor | null): Promise<FieldError[]> {
  const { driver, source, settings } = readable(ServiceChange.shape, body);
  if (!actor) return [];
  const asking = { actor, ownerRole: actor.role, target: null, before: "unknown" as const };
  return findWrongFields({ source, ...(settings && { driver, settings }) }, asking);
}

type Fields = Record<string, { safeParse(value: unknown): { data?: unknown } }>;
type Readable<Shape extends Fields> = { [K in keyof Shape]?: ReturnType<Shape[K]["safeParse"]>["data"] };

function readable<Shape extends Fields>(shape: Shape, body: unknown): Readable<Shape> {
  const given: object = typeof body === "object" && body !== null ? body : {};
  const entries = Object.entries(shape).map(([name, field]) => [name, field.safeParse(Reflect.get(given, name)).data]);
  return Object.fromEntries(entries) as Readable<Shape>;
}
