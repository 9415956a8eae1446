import * as z from "zod";
import { Port } from "@/lib/contracts/port";
import { DropletNumber } from "@/lib/contracts/registration";
import { DeployMessage, Environment, HealthPath, NewServiceName, Version } from "@/lib/contracts/service";

/**
 * The deployer API's shapes (docs/api.md), in snake_case, exactly as its clients expect. In an optional field `null`
 * means absent.
 */

export const DeployerRequest = z.strictObject({
  service_path: z
    .string()
    .min(1)
    .max(4_096)
    .regex(/^\/[^\0]*$/, { error: "not-absolute" }),
  service_name: NewServiceName,
  droplet_id: DropletNumber.nullish(),
  service_port: Port,
  deployment_method: z
    .enum(["docker", "systemd", "process"])
    .nullish()
    .describe("DEPLOYMENT_METHOD of this installation when absent (docker, where nothing else is set)"),
  environment_vars: Environment.nullish(),
  auto_register: z.boolean().nullish().describe("True when absent"),
  health_path: HealthPath.nullish().describe(
    "What is asked to see whether a release is healthy; /health when absent, or / where a release answers that with 404",
  ),
  start_command: z
    .string()
    .min(1)
    .max(4_096)
    .regex(/^[^\0]*$/)
    .nullish()
    .describe("What starts the service, where its files do not say it, or instead of what they say"),
  verification_job_id: z
    .union([z.string().max(200), z.int()])
    .nullish()
    .describe("An id of the client's own, answered with the job"),
  startup_timeout_seconds: z
    .int()
    .min(1)
    .max(600)
    .nullish()
    .describe("How long a new release may take until it is healthy; 30 when nothing says otherwise"),
  version: Version.nullish().describe("What this is called: a tag, a commit"),
  message: DeployMessage.nullish().describe("Why it is deployed"),
  rebuild: z
    .boolean()
    .nullish()
    .describe(
      "Build anew. Otherwise a kept release's build is used again when nothing that it was made of has changed",
    ),
  target: z.string().min(1).max(63).nullish().describe("Name of a target; the default target when absent"),
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
      duration_seconds: z.int().nullable(),
      details: z.string().describe("Empty while there is nothing to say"),
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
  started_at: z.iso.datetime().describe("When it was requested, while it waits"),
  completed_at: moment,
  duration_seconds: z.int().nullable(),
  success: z.boolean(),
  error: z.string().nullable(),
  verification_job_id: z.string().nullable(),
});
export type DeployerJob = z.infer<typeof DeployerJob>;
