import { z } from "zod";
import { ServiceName } from "./service";

export const TARGET_KINDS = ["local", "ssh", "dokploy"] as const;
export const TargetKind = z.enum(TARGET_KINDS);
export type TargetKind = z.infer<typeof TargetKind>;

export const TargetCheck = z.object({
  ok: z.boolean(),
  /** What is there, by tool: version, or null when it is missing. */
  tools: z.record(z.string(), z.string().nullable()),
  diskFreeBytes: z.number().nullable(),
  memoryFreeBytes: z.number().nullable(),
  problem: z.string().nullable(),
});
export type TargetCheck = z.infer<typeof TargetCheck>;

export const TargetView = z.object({
  id: z.uuid(),
  name: ServiceName,
  kind: TargetKind,
  settings: z.record(z.string(), z.json()),
  concurrency: z.int(),
  readOnly: z.boolean(),
  disabledAt: z.iso.datetime().nullable(),
  services: z.int(),
  lastCheck: TargetCheck.nullable(),
  lastCheckAt: z.iso.datetime().nullable(),
});
export type TargetView = z.infer<typeof TargetView>;

export const TargetChange = z.strictObject({
  concurrency: z.int().min(1).max(16).optional(),
  disabled: z.boolean().optional(),
});
export type TargetChange = z.infer<typeof TargetChange>;
