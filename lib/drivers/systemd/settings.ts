import * as z from "zod";
import {
  BIND_ADDRESS,
  CERTIFICATE,
  commandSettings,
  HANDOVER,
  keepAssetsSetting,
  LIMIT_SETTINGS,
  PLAN_SETTINGS,
  processSettings,
  Shell,
} from "../setting-shapes";

/** Everything is optional: absent settings are derived from the source (plan/detect.ts). */
export const SystemdSettings = z.strictObject({
  ...PLAN_SETTINGS,
  ...commandSettings(Shell),
  ...processSettings(Shell),
  ...LIMIT_SETTINGS,
  bindAddress: BIND_ADDRESS,
  certificate: CERTIFICATE,
  /** One of the host's users; a user of the service's own when absent. */
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: "not-a-user-name" })
    .optional(),
  handover: HANDOVER,
  keepAssets: keepAssetsSetting({ isImage: false }),
});
export type SystemdSettings = z.infer<typeof SystemdSettings>;
