import * as z from "zod";
import { Port } from "./port";
import { ProblemData } from "./problem";

/** Without a path: Landfall appends `/api`. */
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

/** A Dokploy server as shown to everyone who may see targets. Its key is never shown. */
export const DokployView = z.object({
  url: z.string(),
  httpPort: Port,
  httpsPort: Port,
  endpointMode: EndpointMode.describe("`dnsrr`: names lead to containers, for a kernel without IPVS"),
  repair: z.boolean().describe("A stack that went down is deployed again without a person asking"),
  circuit: z.enum(["closed", "open", "half-open"]),
});
export type DokployView = z.infer<typeof DokployView>;

/** The steps of a preflight, in the order they run. */
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
  /** `skipped`: an earlier step failed, or there was nothing to check. */
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  /** The version, role or address that the step read. */
  detail: z.string().nullable(),
  /** The problem to fix; null when the step passed. */
  problem: ProblemData.nullable(),
});
export type PreflightStep = z.infer<typeof PreflightStep>;
