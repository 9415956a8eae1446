import * as z from "zod";
import { LIMIT_SETTINGS } from "../setting-shapes";

export const DokploySettings = z.strictObject({
  /** The server gets a certificate of Let's Encrypt for the domain by itself. */
  https: z.boolean().default(false),
  ...LIMIT_SETTINGS,
});
export type DokploySettings = z.infer<typeof DokploySettings>;
