import type { FieldError } from "@/lib/contracts/problem";
import { NewService, ServiceChange } from "@/lib/contracts/service";
import { findDefaultTarget, findTargetRow } from "@/lib/targets/target-store";
import { findWrongFields } from "./draft-fields";
import { findTakenFields, type Place } from "./place-fields";

/** What else is wrong with a service that its schema has refused, as far as its other fields can be understood. */
export async function findMoreWrongInNew(body: unknown): Promise<FieldError[]> {
  const fields = readable(NewService.shape, body);
  return findWrong(fields, { newName: fields.name });
}

/** The same of one that may be there already. */
export async function findMoreWrongInPut(body: unknown): Promise<FieldError[]> {
  const fields = readable(NewService.shape, body);
  return findWrong(fields, { portMayBeOf: fields.name });
}

async function findWrong(
  fields: Readable<typeof NewService.shape>,
  names: Pick<Place, "newName" | "portMayBeOf">,
): Promise<FieldError[]> {
  const { driver, source, settings, port } = fields;
  const target = fields.target === undefined ? await findDefaultTarget() : await findTargetRow(fields.target);
  return [
    ...(await findWrongFields({ driver, source, settings })),
    ...(await findTakenFields({ ...names, port, target })),
  ];
}

/** The same of a change; what depends on the service itself is found by the command. */
export async function findMoreWrongInChange(body: unknown): Promise<FieldError[]> {
  const { driver, source, settings } = readable(ServiceChange.shape, body);
  return findWrongFields({ source, ...(settings && { driver, settings }) });
}

type Fields = Record<string, { safeParse(value: unknown): { data?: unknown } }>;
type Readable<Shape extends Fields> = { [K in keyof Shape]?: ReturnType<Shape[K]["safeParse"]>["data"] };

function readable<Shape extends Fields>(shape: Shape, body: unknown): Readable<Shape> {
  const given: object = typeof body === "object" && body !== null ? body : {};
  const entries = Object.entries(shape).map(([name, field]) => [name, field.safeParse(Reflect.get(given, name)).data]);
  return Object.fromEntries(entries) as Readable<Shape>;
}
