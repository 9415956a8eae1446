import type * as z from "zod";

/**
 * Names that are also routes beside the resources of that kind, as in `/services/new`: a service of that name could not
 * be opened. A test compares them with the folders of app/.
 */
export const RESERVED_NAMES = {
  services: ["new"],
  stacks: ["new", "offers"],
  targets: ["new", "test", "host-key"],
  templates: ["new"],
} as const satisfies Record<string, readonly string[]>;
export type NamedKind = keyof typeof RESERVED_NAMES;

export function isReservedName(kind: NamedKind, name: string): boolean {
  return (RESERVED_NAMES[kind] as readonly string[]).includes(name);
}

/** The schema of a name for a new resource of this kind. */
export function newName<Name extends z.ZodType<string>>(shape: Name, kind: NamedKind): Name {
  return shape.refine((name) => !isReservedName(kind, name), { error: "name-reserved" });
}
