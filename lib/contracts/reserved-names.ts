import type * as z from "zod";

/**
 * Names that are addresses of pages or routes beside the things of that kind, as in `/services/new`: a thing of such a
 * name could never be opened. A test compares them with the folders of app/.
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

/** The shape of a name, for something new of this kind. */
export function newName<Name extends z.ZodType<string>>(shape: Name, kind: NamedKind): Name {
  return shape.refine((name) => !isReservedName(kind, name), { error: "name-reserved" });
}
