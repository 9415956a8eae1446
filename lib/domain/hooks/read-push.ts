import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Commit } from "@/lib/contracts/git-source";
import type { Secret } from "@/lib/platform/secrets/secret";

/** A request to a hook, as received. */
export interface HookRequest {
  headers: Headers;
  /** The signed bytes. */
  body: Buffer;
}

export type HookProvider = "github" | "gitlab" | "gitea" | "bitbucket" | "generic";

/** A delivery in one form for all senders. */
export interface Push {
  provider: HookProvider;
  /** The sender's id of this delivery: the same id again is the same delivery. */
  deliveryId: string;
  /** The sender's name for the event. */
  event: string;
  kind: "push" | "ping" | "other";
  /** `refs/heads/main`; empty when it is not a push. */
  ref: string;
  /** The reference's new commit; null when it was deleted. */
  commit: Commit | null;
  /** Every path that the pushed commits change; null when the delivery does not list all of them. */
  paths: string[] | null;
}

export type HookFailure = "unsigned" | "wrong-signature" | "old-signature" | "unreadable";

/** The allowed age of a timestamped signature, and the allowed clock difference. */
const TOLERANCE_S = 5 * 60;
/** GitHub lists the files of at most this many commits of a push. */
const NAMED_COMMITS = 20;

/**
 * Reads a delivery of GitHub, GitLab, Gitea or Forgejo, Bitbucket, or of any sender that signs as Standard Webhooks.
 * The body is not parsed before its signature is verified.
 */
export function readPush(request: HookRequest, secret: Secret, now = Date.now()): Push | HookFailure {
  const sender = SENDERS.find(({ header }) => request.headers.has(header));
  if (sender === undefined) return "unsigned";
  const failure = sender.verify(request, secret.reveal(), now);
  if (failure !== null) return failure;
  try {
    return sender.read(request.headers, bodyOf(request));
  } catch {
    return "unreadable";
  }
}

interface Sender {
  /** A header that identifies the sender; the first match in the list counts. */
  header: string;
  verify(request: HookRequest, secret: string, now: number): HookFailure | null;
  read(headers: Headers, body: unknown): Push;
}

/** Gitea and Forgejo also send GitHub's headers, and Bitbucket an old GitHub header. */
const SENDERS: readonly Sender[] = [
  {
    header: "x-gitea-event",
    verify: ({ headers, body }, secret) => checkHex(headers.get("x-gitea-signature"), body, secret),
    read: (headers, body) => ({
      ...fromGitHub(headers.get("x-gitea-event") ?? "", body),
      provider: "gitea",
      deliveryId: headers.get("x-gitea-delivery") ?? "",
    }),
  },
  {
    header: "x-github-event",
    verify: ({ headers, body }, secret) => checkHex(headers.get("x-hub-signature-256"), body, secret),
    read: (headers, body) => ({
      ...fromGitHub(headers.get("x-github-event") ?? "", body),
      provider: "github",
      deliveryId: headers.get("x-github-delivery") ?? "",
    }),
  },
  {
    header: "x-gitlab-event",
    // GitLab sends the secret itself.
    verify: ({ headers }, secret) => {
      const token = headers.get("x-gitlab-token");
      if (token === null) return "unsigned";
      return isSame(Buffer.from(token), Buffer.from(secret)) ? null : "wrong-signature";
    },
    read: (headers, body) => ({
      ...fromGitLab(headers.get("x-gitlab-event") ?? "", body),
      provider: "gitlab",
      deliveryId: headers.get("idempotency-key") ?? headers.get("x-gitlab-event-uuid") ?? "",
    }),
  },
  {
    header: "x-event-key",
    verify: ({ headers, body }, secret) => checkHex(headers.get("x-hub-signature"), body, secret),
    read: (headers, body) => ({
      ...fromBitbucket(headers.get("x-event-key") ?? "", body),
      provider: "bitbucket",
      deliveryId: headers.get("x-request-uuid") ?? "",
    }),
  },
  {
    header: "webhook-signature",
    verify: checkStandard,
    read: (headers, body) => {
      const { ref, commit, message, author, paths } = Generic.parse(body);
      return {
        provider: "generic",
        deliveryId: headers.get("webhook-id") ?? "",
        event: "push",
        kind: "push",
        ref,
        commit: commit === null ? null : { id: commit, message: firstLine(message), author, at: null },
        paths,
      };
    },
  },
];

/** `sha256=` and the HMAC in hexadecimal; Gitea omits the prefix. */
function checkHex(given: string | null, body: Buffer, secret: string): HookFailure | null {
  if (given === null || given === "") return "unsigned";
  const expected = createHmac("sha256", secret).update(body).digest();
  const hex = given.replace(/^sha256=/, "");
  const signature = /^[0-9a-f]{64}$/i.test(hex) ? Buffer.from(hex, "hex") : Buffer.alloc(0);
  return isSame(signature, expected) ? null : "wrong-signature";
}

/** standardwebhooks.com: the HMAC of id, time and body; several signatures during a rotation of the secret. */
function checkStandard({ headers, body }: HookRequest, secret: string, now: number): HookFailure | null {
  const id = headers.get("webhook-id");
  const time = headers.get("webhook-timestamp");
  if (!id || !time || !/^\d{1,12}$/.test(time)) return "unsigned";
  const expected = createHmac("sha256", secret).update(`${id}.${time}.`).update(body).digest();
  const signatures = (headers.get("webhook-signature") ?? "").split(" ").flatMap((each) => each.split("v1,")[1] ?? []);
  // Compares all of them, so that the time does not reveal which one matched.
  const matches = signatures.map((signature) => isSame(Buffer.from(signature, "base64"), expected)).filter(Boolean);
  if (matches.length === 0) return "wrong-signature";
  return Math.abs(now / 1_000 - Number(time)) > TOLERANCE_S ? "old-signature" : null;
}

/** Compares digests, so that the time reveals neither where the two differ nor the length of the expected one. */
function isSame(one: Buffer, other: Buffer): boolean {
  const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** GitHub can also send a form whose field `payload` is the JSON. */
function bodyOf({ headers, body }: HookRequest): unknown {
  const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded") ?? false;
  return JSON.parse(isForm ? (new URLSearchParams(body.toString()).get("payload") ?? "") : body.toString());
}

const CommitId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const Names = z.array(z.string()).nullish();
const Person = z.object({ name: z.string().nullish(), username: z.string().nullish() }).nullish();
const PushedCommit = z.object({
  id: CommitId,
  message: z.string().default(""),
  timestamp: z.string().nullish(),
  author: Person,
  added: Names,
  modified: Names,
  removed: Names,
});
type PushedCommit = z.infer<typeof PushedCommit>;

const GitHubPush = z.object({
  ref: z.string(),
  after: CommitId,
  head_commit: PushedCommit.nullish(),
  commits: z.array(PushedCommit).nullish(),
  total_commits: z.number().nullish(),
});

function fromGitHub(event: string, body: unknown): Omit<Push, "provider" | "deliveryId"> {
  if (event !== "push") return notAPush(event);
  const { ref, after, head_commit, commits, total_commits } = GitHubPush.parse(body);
  const all = commits ?? [];
  const head = head_commit ?? all.find(({ id }) => id === after);
  const isWhole = all.length > 0 && all.length < NAMED_COMMITS && (total_commits ?? all.length) === all.length;
  return { event, kind: "push", ref, commit: commitOf(after, head), paths: isWhole ? pathsOf(all) : null };
}

const GitLabPush = z.object({
  ref: z.string(),
  after: CommitId,
  checkout_sha: CommitId.nullish(),
  commits: z.array(PushedCommit).nullish(),
  total_commits_count: z.number().nullish(),
});

function fromGitLab(event: string, body: unknown): Omit<Push, "provider" | "deliveryId"> {
  if (event !== "Push Hook" && event !== "Tag Push Hook") return notAPush(event);
  const { ref, after, checkout_sha, commits, total_commits_count } = GitLabPush.parse(body);
  const all = commits ?? [];
  // For an annotated tag, `after` is the tag and `checkout_sha` the commit.
  const id = isNull(after) ? after : (checkout_sha ?? after);
  const isWhole = all.length > 0 && total_commits_count === all.length;
  const head = all.find((commit) => commit.id === id);
  return { event, kind: "push", ref, commit: commitOf(id, head), paths: isWhole ? pathsOf(all) : null };
}

const BitbucketPush = z.object({
  push: z.object({
    changes: z.array(
      z.object({
        new: z
          .object({
            type: z.string(),
            name: z.string(),
            target: z.object({
              hash: CommitId,
              message: z.string().default(""),
              date: z.string().nullish(),
              author: z.object({ raw: z.string().nullish() }).nullish(),
            }),
          })
          .nullable(),
        old: z.object({ type: z.string(), name: z.string() }).nullish(),
      }),
    ),
  }),
});

/** A push of several branches is one delivery; its last change is the newest. */
function fromBitbucket(event: string, body: unknown): Omit<Push, "provider" | "deliveryId"> {
  if (event !== "repo:push") return notAPush(event);
  const change = BitbucketPush.parse(body).push.changes.at(-1);
  const named = change?.new ?? change?.old;
  if (change === undefined || !named) return notAPush(event);
  const ref = `refs/${named.type === "tag" ? "tags" : "heads"}/${named.name}`;
  const target = change.new?.target;
  const author = target?.author?.raw?.replace(/\s*<[^>]*>$/, "") ?? "";
  const commit = target
    ? { id: target.hash, message: firstLine(target.message), author, at: timeOf(target.date) }
    : null;
  return { event, kind: "push", ref, commit, paths: null };
}

const Generic = z.strictObject({
  ref: z.string().min(1).max(255),
  commit: CommitId.nullable(),
  message: z.string().max(10_000).default(""),
  author: z.string().max(300).default(""),
  paths: z.array(z.string()).max(10_000).nullable().default(null),
});

function notAPush(event: string): Omit<Push, "provider" | "deliveryId"> {
  return { event, kind: event === "ping" ? "ping" : "other", ref: "", commit: null, paths: null };
}

function commitOf(id: string, head: PushedCommit | undefined): Commit | null {
  if (isNull(id)) return null;
  const author = head?.author?.name ?? head?.author?.username ?? "";
  return { id, message: firstLine(head?.message ?? ""), author, at: timeOf(head?.timestamp) };
}

function pathsOf(commits: readonly PushedCommit[]): string[] {
  const all = commits.flatMap(({ added, modified, removed }) => [
    ...(added ?? []),
    ...(modified ?? []),
    ...(removed ?? []),
  ]);
  return [...new Set(all)];
}

/** All zeros: the branch was deleted. */
function isNull(id: string): boolean {
  return /^0+$/.test(id);
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "")
    .toWellFormed()
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, 300);
}

function timeOf(text: string | null | undefined): string | null {
  const parsed = z.iso.datetime({ offset: true }).safeParse(text);
  return parsed.success ? parsed.data : null;
}
