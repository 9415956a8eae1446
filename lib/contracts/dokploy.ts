import * as z from "zod";
import { Port } from "./port";
import { ProblemData } from "./problem";

/** Without a path: Landfall adds `/api`. */
export const DokployUrl = z
  .string()
  .trim()
  .max(512)
  .overwrite((url) => url.replace(/\/+$/, "").replace(/\/api$/, ""))
  .pipe(z.url({ protocol: /^https?$/ }));

export const DokployKey = z
  .string()
  .trim()
  .min(8)
  .max(512)
  .regex(/^[!-~]*$/);

export const EndpointMode = z.enum(["vip", "dnsrr"]);
export type EndpointMode = z.infer<typeof EndpointMode>;

/** What everybody who may see targets sees of one; the key is never shown again. */
export const DokployView = z.object({
  url: z.string(),
  httpPort: Port,
  httpsPort: Port,
  endpointMode: EndpointMode.describe("`dnsrr`: names lead to containers, for a kernel without IPVS"),
  repair: z.boolean().describe("A stack that went down is deployed again without a person asking"),
  circuit: z.enum(["closed", "open", "half-open"]),
});
export type DokployView = z.infer<typeof DokployView>;

/** What is looked at before a stack depends on it, in this order. */
export const PREFLIGHT_STEPS = [
  "reachable",
  "key",
  "limit",
  "version",
  "rights",
  "docker",
  "network",
  "domain",
] as const;
export const PreflightStep = z.object({
  step: z.enum(PREFLIGHT_STEPS),
  /** `skipped`: one before it failed. */
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  /** What was seen: a version, a role, an address. */
  detail: z.string().nullable(),
  /** What to mend; null when it is well. */
  problem: ProblemData.nullable(),
});
export type PreflightStep = z.infer<typeof PreflightStep>;
