import * as z from "zod";

/** Forms accept numbers as text, and anything as a boolean. */
export const number = z.coerce.number();
export const boolean = z.coerce.boolean();
export const text = z.string();
export const id = z.string().min(1);
/** May be null or empty, but must be present. */
export const present = z.string().nullable().optional().nonoptional();
export const nothing = z.object({});

export const page = {
  q: text.optional(),
  name: text.optional(),
  description: text.optional(),
  limit: number.min(1).max(100).default(20),
  offset: number.min(0).default(0),
};

/** The comparison of the searches. */
export const contains = (value: string | null, part: string | undefined) =>
  part === undefined || (value ?? "").toLowerCase().includes(part.toLowerCase());
