import * as z from "zod";

/** The resources that a platform creates for a stack, in order of creation. */
export const RESOURCE_KINDS = ["project", "environment", "application", "domain", "mount", "volume"] as const;
export const ResourceKind = z.enum(RESOURCE_KINDS);
export type ResourceKind = z.infer<typeof ResourceKind>;
