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

/** What the page shows while somebody types, and what `GET /api/check/{name}` answers. */
export const StackNameCheck = z.object({
  name: z.string(),
  valid: z.boolean(),
  available: z.boolean(),
  /** A sentence in the caller's language; absent when the name can be had. */
  error: z.string().optional(),
});
export type StackNameCheck = z.infer<typeof StackNameCheck>;

export const StackState = z.enum(STACK_STATES);
export type StackState = z.infer<typeof StackState>;

export const StackSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  state: StackState,
  /** Where it answers once it runs; known from the start. */
  url: z.string(),
  template: z.string().nullable(),
  owner: z.object({ id: z.uuid(), name: z.string() }),
  target: z.object({ id: z.uuid(), name: z.string() }),
  /** The image that runs; null before the first success. */
  image: z.string().nullable(),
  currentRelease: z.object({ id: z.uuid(), number: z.int() }).nullable(),
  /** What one click goes back to. */
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

/** Where a stack answers, through the ports of its server's proxy. Without the port where it is the usual one. */
export function stackUrl(
  { domain, https }: { domain: string; https: boolean },
  { httpPort, httpsPort }: { httpPort: number; httpsPort: number },
): string {
  const [scheme, port, usual] = https ? (["https", httpsPort, 443] as const) : (["http", httpPort, 80] as const);
  return `${scheme}://${domain}${port === usual ? "" : `:${port}`}`;
}

/** Where a new stack would answer, as far as the browser may know: `{name}` stands for its name. */
export const StackOffer = z.object({
  template: z.string(),
  description: z.string().nullable(),
  /** `https://{name}.apps.example.com` */
  urlPattern: z.string(),
});
export type StackOffer = z.infer<typeof StackOffer>;
