import * as z from "zod";
import { OFFERED_DRIVERS } from "@/lib/drivers/catalogue";
import { env } from "@/lib/platform/env";
import { VERSION } from "@/lib/platform/version";

/** The documented response of `/capabilities`. Existing clients depend on snake_case. */
export const Capabilities = z.object({
  version: z.string(),
  features: z.array(z.string()),
  dependencies: z.array(z.string()),
  udc_version: z.literal("1.0"),
  deployment_methods: z.array(z.string()),
  server: z.object({ name: z.string(), configured: z.boolean() }),
  limits: z.object({
    deployment_timeout_seconds: z.number(),
    request_body_bytes: z.int(),
    requests_per_minute: z.int(),
    concurrent_deployments: z.int(),
  }),
  metadata: z.object({ openapi: z.string(), documentation: z.string() }),
});
export type Capabilities = z.infer<typeof Capabilities>;

const FEATURES = [
  "six_phase_deployment",
  "verified_health",
  "automatic_undo",
  "exact_rollback",
  "live_events",
  "deployment_history",
  "registry_registration",
  "idempotency_keys",
];

export function capabilities(): Capabilities {
  return {
    version: VERSION,
    features: FEATURES,
    dependencies: ["postgresql", ...(env.REGISTRY_URL ? ["registry"] : [])],
    udc_version: "1.0",
    deployment_methods: OFFERED_DRIVERS,
    server: { name: "landfall", configured: env.SERVER_HOST !== undefined },
    limits: {
      deployment_timeout_seconds: env.DEPLOY_TIMEOUT_MS / 1_000,
      request_body_bytes: 1024 * 1024,
      requests_per_minute: env.RATE_LIMIT_RPM,
      concurrent_deployments: env.WORKER_CONCURRENCY,
    },
    metadata: { openapi: "/api/openapi.json", documentation: "/api-docs" },
  };
}
