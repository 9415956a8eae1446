import * as z from "zod";
import { Environment, Port, ServiceName } from "@/lib/contracts/service";

/** The deployer API's shapes (docs/api.md), snake_case and exactly as its clients know them. */

export const DeployerRequest = z.strictObject({
  service_path: z
    .string()
    .min(1)
    .max(4_096)
    .regex(/^\/[^\0]*$/, { error: "not-absolute" }),
  service_name: ServiceName,
  droplet_id: z.int().min(1).max(2_147_483_647).nullish(),
  service_port: Port,
  deployment_method: z.enum(["docker", "systemd", "process"]),
  environment_vars: Environment.nullish(),
  auto_register: z.boolean().default(true),
  target: z.string().min(1).max(63).optional().describe("Name of a target; the default target when absent"),
});
export type DeployerRequest = z.infer<typeof DeployerRequest>;

export const DeployerAccepted = z.object({
  deploy_job_id: z.uuid(),
  service_name: z.string(),
  status: z.literal("pending"),
  created_at: z.iso.datetime(),
});

const moment = z.iso.datetime().nullable();

export const DeployerJob = z.object({
  deploy_job_id: z.uuid(),
  service_name: z.string(),
  service_path: z.string().nullable(),
  status: z.enum(["pending", "running", "completed", "failed"]),
  droplet_id: z.int().nullable(),
  service_port: z.int(),
  service_url: z.string().nullable(),
  deployment_method: z.string(),
  phases: z.array(
    z.object({
      phase: z.string(),
      status: z.enum(["pending", "running", "success", "failed", "skipped"]),
      started_at: moment,
      completed_at: moment,
      duration_seconds: z.number().nullable(),
      details: z.string().nullable(),
      error: z.string().nullable(),
    }),
  ),
  registration: z
    .object({
      droplet_id: z.int().nullable(),
      service_name: z.string(),
      endpoint: z.string(),
      registered_at: moment,
      registry_response: z.json(),
    })
    .nullable(),
  started_at: moment,
  completed_at: moment,
  duration_seconds: z.number().nullable(),
  success: z.boolean(),
  error: z.string().nullable(),
});
export type DeployerJob = z.infer<typeof DeployerJob>;
