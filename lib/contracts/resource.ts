import * as z from "zod";

/** What a platform makes for a stack, in the order it is made. */
export const RESOURCE_KINDS = ["project", "environment", "application", "domain", "mount", "volume"] as const;
export const ResourceKind = z.enum(RESOURCE_KINDS);
export type ResourceKind = z.infer<typeof ResourceKind>;
