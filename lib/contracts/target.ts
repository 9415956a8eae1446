import * as z from "zod";
import { DokployKey, DokployUrl, DokployView, EndpointMode, PreflightStep } from "./dokploy";
import { GrantsChange, GrantsView } from "./grants";
import { Port } from "./port";
import { ProblemData } from "./problem";
import { newName } from "./reserved-names";
import { ServiceName } from "./service";
import {
  BaseFolder,
  HostAddress,
  HostKeyLine,
  SshJumpInput,
  SshKeyInput,
  SshUser,
  SshView,
  STANDARD_BASE,
  STANDARD_PORT,
  STANDARD_USER,
} from "./ssh";
import { TARGET_KINDS } from "./target-kind";

export const TargetKind = z.enum(TARGET_KINDS);
export type TargetKind = z.infer<typeof TargetKind>;

const TargetName = newName(ServiceName, "targets");

export const MOST_AT_ONCE = 16;
const Concurrency = z.int().min(1).max(MOST_AT_ONCE);

const amount = z.number().nullable().default(null);

/** The result of a check of a target. Values that could not be read are null. */
export const TargetCheck = z.object({
  ok: z.boolean(),
  /** The version of each tool, or null where the tool is missing. Docker's is that of its daemon. */
  tools: z.record(z.string(), z.string().nullable()),
  /** The file system that stores the services. */
  diskFreeBytes: amount,
  diskTotalBytes: amount,
  memoryFreeBytes: amount,
  memoryTotalBytes: amount,
  cores: amount,
  os: z.string().nullable().default(null),
  /** Duration of the shortest command, including the connection. */
  latencyMs: amount,
  /** The version of a platform; null for a host. */
  version: z.string().nullable().default(null),
  preflight: z.array(PreflightStep).default([]),
  problem: ProblemData.nullable(),
});
export type TargetCheck = z.infer<typeof TargetCheck>;

export const TargetView = z.object({
  id: z.uuid(),
  name: ServiceName,
  kind: TargetKind,
  ssh: SshView.nullable(),
  dokploy: DokployView.nullable(),
  concurrency: z.int(),
  /** May the caller deploy there? */
  mayDeploy: z.boolean(),
  /** False when services cannot have their own users: then only administrators may deploy there. */
  isolates: z.boolean(),
  grants: GrantsView,
  readOnly: z.boolean(),
  disabledAt: z.iso.datetime().nullable(),
  services: z.int(),
  lastCheck: TargetCheck.nullable(),
  lastCheckAt: z.iso.datetime().nullable(),
});
export type TargetView = z.infer<typeof TargetView>;

const STANDARD_CONCURRENCY = 4;

export const NewServer = z.strictObject({
  name: TargetName,
  kind: z.literal("ssh").optional().pipe(z.literal("ssh").default("ssh")),
  host: HostAddress,
  port: Port.default(STANDARD_PORT),
  user: SshUser.default(STANDARD_USER),
  key: SshKeyInput,
  hostKey: HostKeyLine.describe(
    "As POST /api/targets/host-key answered it, once a person has confirmed its fingerprint",
  ),
  jump: SshJumpInput.nullish(),
  base: BaseFolder.default(STANDARD_BASE),
  publicHost: HostAddress.nullish(),
  concurrency: Concurrency.default(STANDARD_CONCURRENCY),
});
export type NewServer = z.infer<typeof NewServer>;

export const NewDokploy = z.strictObject({
  name: TargetName,
  kind: z.literal("dokploy"),
  url: DokployUrl.describe("As it is opened in a browser, without a path"),
  apiKey: DokployKey.describe("Of an owner or admin, without a rate limit"),
  httpPort: Port.default(80).describe("Where its proxy answers for the domains of stacks"),
  httpsPort: Port.default(443),
  endpointMode: EndpointMode.default("vip").describe("`dnsrr` for a kernel without IPVS"),
  repair: z.boolean().default(false).describe("Deploy a stack again that went down"),
  concurrency: Concurrency.default(STANDARD_CONCURRENCY),
});
export type NewDokploy = z.infer<typeof NewDokploy>;

/** The default kind is `ssh`. */
export const NewTarget = z.discriminatedUnion("kind", [NewServer, NewDokploy]);
export type NewTarget = z.infer<typeof NewTarget>;

const target = z
  .string()
  .min(1)
  .max(63)
  .optional()
  .describe("Name of a target whose stored keys are used where none is given");

/** Tests a target without storing it. Omitted keys are those of `target`. */
export const TargetTest = z.discriminatedUnion("kind", [
  NewServer.partial({ name: true, key: true }).extend({ target }),
  NewDokploy.partial({ name: true, apiKey: true }).extend({ target }),
]);
export type TargetTest = z.infer<typeof TargetTest>;

/** Absent fields and keys stay unchanged. The fields of each kind are those of its schema above. */
export const TargetChange = z.strictObject({
  concurrency: Concurrency.optional(),
  disabled: z.boolean().optional(),
  grants: GrantsChange.optional().describe("Who may deploy there, and what members may choose"),
  name: TargetName.optional(),
  host: HostAddress.optional(),
  port: Port.optional(),
  user: SshUser.optional(),
  key: SshKeyInput.optional(),
  hostKey: HostKeyLine.optional(),
  jump: SshJumpInput.nullish(),
  base: BaseFolder.optional(),
  publicHost: HostAddress.nullish(),
  url: DokployUrl.optional(),
  apiKey: DokployKey.optional(),
  httpPort: Port.optional(),
  httpsPort: Port.optional(),
  endpointMode: EndpointMode.optional(),
  repair: z.boolean().optional(),
});
export type TargetChange = z.infer<typeof TargetChange>;

export const TargetRemoved = z.object({
  left: ProblemData.nullable().describe("Why what its services shared is still on the server; null when nothing is"),
});
export type TargetRemoved = z.infer<typeof TargetRemoved>;
