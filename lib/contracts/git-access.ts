import * as z from "zod";
import { Commit, GitRef } from "./git-source";
import { ProblemData } from "./problem";
import { ServiceName } from "./service";
import { SOURCES } from "./source";
import { HostKeyLine, HostKeyView } from "./ssh";

const oneLine = (text: string) => !/[\p{Cc}\s]/u.test(text) && text.isWellFormed();

/**
 * A repository over HTTPS is read with it, and its commit statuses are sent with it; one over SSH is only sent statuses.
 * Some servers want a user name beside it; most take any.
 */
export const GitToken = z.strictObject({
  user: z.string().max(255).refine(oneLine, { error: "control-character" }).default("git"),
  secret: z.string().trim().min(1).max(4_096).refine(oneLine, { error: "control-character" }),
  server: z
    .string()
    .trim()
    .max(2_048)
    .optional()
    .describe("For a repository over SSH: where the server's API is, if not at https://<its name>"),
});
export type GitToken = z.infer<typeof GitToken>;

export const GitHostKeyConfirmation = z.strictObject({ line: HostKeyLine });

/** What the repository of a service is read with. Neither the private key nor the token is ever answered. */
export const GitAccessView = z.object({
  server: z.string().describe("What the credentials are for: https://git.example.com:443"),
  publicKey: z.string().nullable().describe("The deploy key's public half, for the repository's settings"),
  token: z
    .object({ user: z.string(), server: z.string() })
    .nullable()
    .describe("Null where none is stored for this server"),
  hostKey: z
    .object({
      state: z.enum(["not-needed", "published", "confirmed", "unconfirmed"]),
      keys: z.array(HostKeyView).describe("Those that are accepted"),
      confirmedBy: z.string().nullable(),
      confirmedAt: z.iso.datetime().nullable(),
    })
    .describe("`published`: the operator's own, which Landfall ships for the large hosts"),
});
export type GitAccessView = z.infer<typeof GitAccessView>;

export const GitTest = z.strictObject({
  source: SOURCES.git.settings,
  service: ServiceName.optional().describe("The service whose stored access is used, where it is for this server"),
  token: GitToken.optional().describe("Used once and not stored"),
});
export type GitTest = z.infer<typeof GitTest>;

/** What a test of a source found, as far as it came; `problem` says where it ended. */
export const GitTestResult = z.object({
  reachable: z.boolean().describe("The server answered"),
  readable: z.boolean().describe("The repository may be read"),
  ref: GitRef.nullable().describe("The branch or tag that was found"),
  commit: Commit.nullable().describe("The newest one"),
  branches: z.array(z.string()).describe("Names, at most 100"),
  detected: z
    .object({
      start: z.string(),
      install: z.array(z.string()),
      build: z.string().nullable(),
      tools: z.array(z.string()),
      reasons: z
        .array(z.object({ tool: z.string(), file: z.string() }))
        .describe("What was chosen because of which file"),
    })
    .nullable()
    .describe("How it would be installed, built and started by `process` and `systemd`"),
  hasDockerfile: z.boolean(),
  problem: ProblemData.nullable(),
});
export type GitTestResult = z.infer<typeof GitTestResult>;

/** One of the newest commits of a service's branch, and the newest deployment of it. */
export const BranchCommit = Commit.extend({
  deployment: z.object({ id: z.uuid(), number: z.int(), state: z.string() }).nullable(),
  isLive: z.boolean(),
});
export const BranchCommits = z.object({ ref: z.string(), commits: z.array(BranchCommit) });
export type BranchCommits = z.infer<typeof BranchCommits>;
