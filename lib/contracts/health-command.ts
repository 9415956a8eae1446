import * as z from "zod";

/** A line for the shell of a container: with an exit code of 0 the container is ready. */
export const HEALTH_COMMAND = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .refine((text) => !text.includes("\0"), { error: "nul-character" });
