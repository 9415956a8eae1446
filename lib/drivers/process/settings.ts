import * as z from "zod";
import { BIND_ADDRESS, HANDOVER, LIMIT_SETTINGS, PLAN_SETTINGS } from "../setting-shapes";

/** Everything is optional: what is absent is read from the source (plan/detect.ts). */
export const ProcessSettings = z.strictObject({
  ...PLAN_SETTINGS,
  ...LIMIT_SETTINGS,
  bindAddress: BIND_ADDRESS,
  handover: HANDOVER,
});
export type ProcessSettings = z.infer<typeof ProcessSettings>;
