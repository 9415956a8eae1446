import type * as z from "zod";
import { Problem } from "@/lib/contracts/problem";

/** A service's settings under its driver's schema. They were checked when they were saved, perhaps by an older Landfall. */
export function settingsOf<Settings>(schema: z.ZodType<Settings>, { spec }: { spec: { settings: unknown } }): Settings {
  const result = schema.safeParse(spec.settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Problem("settings-invalid", {
    params: { field: issue?.path.join(".") || "settings" },
    detail: issue?.message,
  });
}
