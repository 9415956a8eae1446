import * as z from "zod";

/** A shell command in the container. The container is ready when it exits with 0. */
export const HEALTH_COMMAND = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .refine((text) => !text.includes("\0"), { error: "nul-character" });
