import * as z from "zod";

/** Keyset paging: `after` is the last id of the previous page. Ids are UUIDv7, so newest first is descending by id. */
export const PageQuery = z.object({
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});
export type PageQuery = z.infer<typeof PageQuery>;

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    /** Pass as `after` for the next page; null on the last. */ next: z.uuid().nullable(),
  });
}
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Removes the extra row of a keyset query and returns where the next page begins. */
export function toPage<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
