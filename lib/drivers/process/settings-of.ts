import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "../driver";
import { ProcessSettings } from "./settings";

export type { ProcessSettings };

/** They were checked when they were saved, perhaps by an older Landfall. */
export function settingsOf({ spec }: Pick<PhaseContext, "spec">): ProcessSettings {
  const result = ProcessSettings.safeParse(spec.settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Problem("settings-invalid", {
    params: { field: issue?.path.join(".") || "settings" },
    detail: issue?.message,
  });
}
