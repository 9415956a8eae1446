import { z } from "zod";

const Shell = z
  .string()
  .trim()
  .min(1)
  .max(4_096)
  .refine((text) => !text.includes("\0"), { error: "nul-character" });

/** Everything is optional: what is absent is read from the source (detect.ts). Empty limits mean none. */
export const ProcessSettings = z.strictObject({
  /** As typed in a shell; a Procfile's `web:` line will do too. */
  start: Shell.transform((line) => line.replace(/^web:\s*/, "")).optional(),
  /** Runs after the dependencies are there, instead of the source's own build script. */
  build: Shell.optional(),
  /** `none` for a source that needs no dependencies or brings them along. */
  install: z.enum(["auto", "none"]).default("auto"),
  memoryMb: z.int().min(32).max(1_048_576).optional(),
  cpus: z.number().min(0.05).max(256).optional(),
  /** All interfaces when absent. */
  bindAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
});
export type ProcessSettings = z.infer<typeof ProcessSettings>;
