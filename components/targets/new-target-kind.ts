import * as z from "zod";

/** Of which kind the target is that somebody adds: part of the page's address. */
export const NewTargetKind = z.object({ kind: z.enum(["ssh", "dokploy"]).catch("ssh") });
