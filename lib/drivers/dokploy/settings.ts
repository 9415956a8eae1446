import * as z from "zod";
import { HEALTH_COMMAND } from "@/lib/contracts/health-command";
import { LIMIT_SETTINGS } from "../setting-shapes";

export const DokploySettings = z.strictObject({
  /** The server gets a certificate of Let's Encrypt for the domain by itself. */
  https: z.boolean().default(false),
  /** Run in the container by the swarm, which stops the old container only after it succeeded in the new one. */
  healthCommand: HEALTH_COMMAND.optional(),
  ...LIMIT_SETTINGS,
});
export type DokploySettings = z.infer<typeof DokploySettings>;
