import * as z from "zod";
import { DeploymentKind, DeploymentState } from "./deployment";
import { ServiceCheckDetail } from "./drift";
import { STACK_STATES } from "./stack-state";

export const STACK_NAME_LENGTH = { least: 3, most: 20 } as const;

/** Part of a domain, of a volume's and of an application's name, so shorter than a service's. */
export const StackName = z
  .string()
  .min(STACK_NAME_LENGTH.least, { error: "name-length" })
  .max(STACK_NAME_LENGTH.most, { error: "name-length" })
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, { error: "not-a-dns-label" });

export const NewStack = z.strictObject({
  name: StackName,
  template: z.string().min(1).max(63).describe("Name of the template; the first one when absent").optional(),
});
export type NewStack = z.infer<typeof NewStack>;

/** Shown while a person types a name, and answered by `GET /api/check/{name}`. */
export const StackNameCheck = z.object({
  name: z.string(),
  valid: z.boolean(),
  available: z.boolean(),
  /** A sentence in the caller's language; absent when the name is available. */
  error: z.string().optional(),
});
export type StackNameCheck = z.infer<typeof StackNameCheck>;

export const StackState = z.enum(STACK_STATES);
export type StackState = z.infer<typeof StackState>;

export const StackSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  state: StackState,
  /** Its public address, known before the first deployment. */
  url: z.string(),
  template: z.string().nullable(),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  target: z.object({ id: z.uuid(), name: z.string() }),
  /** The image of the current release; null before the first one. */
  image: z.string().nullable(),
  currentRelease: z.object({ id: z.uuid(), number: z.int() }).nullable(),
  /** The release that a rollback restores. */
  rollbackTo: z.object({ releaseId: z.uuid(), number: z.int(), image: z.string() }).nullable(),
  lastDeployment: z
    .object({
      id: z.uuid(),
      number: z.int(),
      kind: DeploymentKind,
      state: DeploymentState,
      queuedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime().nullable(),
    })
    .nullable(),
  check: ServiceCheckDetail.nullable(),
  createdAt: z.iso.datetime(),
});
export type StackSummary = z.infer<typeof StackSummary>;

/** A stack's public address, at the ports of its server's proxy. The standard port is left out. */
export function stackUrl(
  { domain, https }: { domain: string; https: boolean },
  { httpPort, httpsPort }: { httpPort: number; httpsPort: number },
): string {
  const [scheme, port, usual] = https ? (["https", httpsPort, 443] as const) : (["http", httpPort, 80] as const);
  return `${scheme}://${domain}${port === usual ? "" : `:${port}`}`;
}

/** A template that a person can create a stack from, with the address that the stack would get. */
export const StackOffer = z.object({
  template: z.string(),
  description: z.string().nullable(),
  /** `https://{name}.apps.example.com`, in which `{name}` stands for the stack's name. */
  urlPattern: z.string(),
});
export type StackOffer = z.infer<typeof StackOffer>;
