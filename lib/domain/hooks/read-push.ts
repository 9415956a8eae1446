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
  /** What the reference was before; null when it is new, or the delivery does not say. */
  before: string | null;
  /** Every path that the pushed commits touch; null where the delivery does not say all of them. */
  paths: string[] | null;
  /** The message of the newest commit has one of SKIP_MARKS. */
  isSkipped: boolean;
  /** As the server names it: "acme/shop". */
  repository: string | null;
  defaultBranch: string | null;
}

export type HookFailure = "unsigned" | "wrong-signature" | "old-signature" | "unreadable";

/** The allowed age of a timestamped signature, and the allowed clock difference. */
const TOLERANCE_S = 5 * 60;
/** GitHub lists the files of at most this many commits of a push. */
const NAMED_COMMITS = 20;
/** More paths than these are not kept, and count as unknown. */
const KEPT_PATHS = 1_000;
const MOST_SIGNATURES = 10;
const SKIP_MARKS = ["[skip ci]", "[ci skip]", "[skip landfall]"];

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
      const { ref, commit, message, author, at, before, paths } = Generic.parse(body);
      const said = commit === null ? null : { id: commit, message, author: { name: author }, timestamp: at };
      return {
        ...aPush("push", { ref, id: commit, head: said, before, paths }),
        provider: "generic",
        deliveryId: headers.get("webhook-id") ?? "",
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

/**
 * standardwebhooks.com: the HMAC of id, time and body; several signatures while a secret is exchanged. Its libraries sign
 * with the bytes that a `whsec_…` secret is the base64 of, and openssl with its text: both prove the secret.
 */
function checkStandard({ headers, body }: HookRequest, secret: string, now: number): HookFailure | null {
  const id = headers.get("webhook-id");
  const time = headers.get("webhook-timestamp");
  if (!id || !time || !/^\d{1,12}$/.test(time)) return "unsigned";
  const keys = [Buffer.from(secret), Buffer.from(secret.replace(/^whsec_/, ""), "base64")].filter(
    (key) => key.length > 0,
  );
  const expected = keys.map((key) => createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest());
  const signatures = (headers.get("webhook-signature") ?? "").split(" ").flatMap((each) => each.split("v1,")[1] ?? []);
  // Each is compared, so that how long it takes tells nothing of which one was right.
  const matches = signatures
    .slice(0, MOST_SIGNATURES)
    .flatMap((signature) => expected.map((each) => isSame(Buffer.from(signature, "base64"), each)))
    .filter(Boolean);
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

const Ref = z.string().min(1).max(300);
const Repository = z.object({ full_name: z.string().nullish(), default_branch: z.string().nullish() }).nullish();

const GitHubPush = z.object({
  ref: Ref,
  before: CommitId.nullish(),
  after: CommitId,
  forced: z.boolean().nullish(),
  head_commit: PushedCommit.nullish(),
  commits: z.array(PushedCommit).nullish(),
  total_commits: z.number().nullish(),
  repository: Repository,
});

function fromGitHub(event: string, body: unknown): Said {
  if (event !== "push") return notAPush(event);
  const { ref, before, after, forced, head_commit, commits, total_commits, repository } = GitHubPush.parse(body);
  const all = commits ?? [];
  const head = head_commit ?? all.find(({ id }) => id === after);
  // Of an annotated tag, `after` is the tag and `head_commit` the commit.
  const id = ref.startsWith("refs/tags/") && head && !isNull(after) ? head.id : after;
  const isWhole =
    !forced && all.length > 0 && all.length < NAMED_COMMITS && (total_commits ?? all.length) === all.length;
  return {
    ...aPush(event, { ref, id, head, before, paths: isWhole ? pathsOf(all) : null }),
    repository: repository?.full_name ?? null,
    defaultBranch: repository?.default_branch ?? null,
  };
}

const GitLabPush = z.object({
  ref: Ref,
  before: CommitId.nullish(),
  after: CommitId,
  checkout_sha: CommitId.nullish(),
  commits: z.array(PushedCommit).nullish(),
  total_commits_count: z.number().nullish(),
  project: z.object({ path_with_namespace: z.string().nullish(), default_branch: z.string().nullish() }).nullish(),
});

function fromGitLab(event: string, body: unknown): Said {
  if (event !== "Push Hook" && event !== "Tag Push Hook") return notAPush(event);
  const { ref, before, after, checkout_sha, commits, total_commits_count, project } = GitLabPush.parse(body);
  const all = commits ?? [];
  // For an annotated tag, `after` is the tag and `checkout_sha` the commit.
  const id = isNull(after) ? after : (checkout_sha ?? after);
  const isWhole = all.length > 0 && total_commits_count === all.length;
  const head = all.find((commit) => commit.id === id);
  return {
    ...aPush(event, { ref, id, head, before, paths: isWhole ? pathsOf(all) : null }),
    repository: project?.path_with_namespace ?? null,
    defaultBranch: project?.default_branch ?? null,
  };
}

const BitbucketTarget = z.object({
  hash: CommitId,
  message: z.string().default(""),
  date: z.string().nullish(),
  author: z.object({ raw: z.string().nullish() }).nullish(),
});
const BitbucketPush = z.object({
  push: z.object({
    changes: z.array(
      z.object({
        new: z.object({ type: z.string(), name: z.string(), target: BitbucketTarget }).nullable(),
        old: z.object({ type: z.string(), name: z.string(), target: z.object({ hash: CommitId }).nullish() }).nullish(),
      }),
    ),
  }),
  repository: Repository,
});

/** A push of several branches is one delivery; the last change is its newest. */
function fromBitbucket(event: string, body: unknown): Said {
  if (event !== "repo:push") return notAPush(event);
  const { push, repository } = BitbucketPush.parse(body);
  const change = push.changes.at(-1);
  const named = change?.new ?? change?.old;
  if (change === undefined || !named) return notAPush(event);
  const ref = Ref.parse(`refs/${named.type === "tag" ? "tags" : "heads"}/${named.name}`);
  const target = change.new?.target;
  const author = { name: target?.author?.raw?.replace(/\s*<[^>]*>$/, "") };
  const head = target && { id: target.hash, message: target.message, timestamp: target.date, author };
  return {
    ...aPush(event, { ref, id: target?.hash ?? null, head, before: change.old?.target?.hash, paths: null }),
    repository: repository?.full_name ?? null,
  };
}

const Generic = z.strictObject({
  ref: Ref,
  commit: CommitId.nullable(),
  before: CommitId.nullable().default(null),
  message: z.string().max(10_000).default(""),
  author: z.string().max(300).default(""),
  at: z.string().nullable().default(null),
  paths: z.array(z.string()).max(10_000).nullable().default(null),
});

/** What the sender does not matter to. */
type Said = Omit<Push, "provider" | "deliveryId">;
type Head = Pick<PushedCommit, "id" | "message" | "timestamp" | "author">;

function notAPush(event: string): Said {
  return { ...aPush(event, { ref: "", id: null, head: null, before: null, paths: null }), kind: kindOf(event) };
}

function kindOf(event: string): Push["kind"] {
  return event === "ping" ? "ping" : "other";
}

function aPush(
  event: string,
  said: {
    ref: string;
    id: string | null;
    head: Head | null | undefined;
    before: string | null | undefined;
    paths: string[] | null;
  },
): Said {
  const { id, head, before, paths } = said;
  const message = head?.message.toLowerCase() ?? "";
  return {
    event: oneLine(event, 100),
    kind: "push",
    ref: oneLine(said.ref, 300),
    commit: id === null ? null : commitOf(id, head),
    before: before && !isNull(before) ? before : null,
    paths: paths && paths.length <= KEPT_PATHS ? paths.map((path) => oneLine(path, 1_024)) : null,
    isSkipped: SKIP_MARKS.some((mark) => message.includes(mark)),
    repository: null,
    defaultBranch: null,
  };
}

function commitOf(id: string, head: Head | null | undefined): Commit | null {
  if (isNull(id)) return null;
  const author = head?.author?.name ?? head?.author?.username ?? "";
  return { id, message: firstLine(head?.message ?? ""), author: oneLine(author, 300), at: timeOf(head?.timestamp) };
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
  return oneLine(message.split("\n", 1)[0] ?? "", 300);
}

/** Postgres stores no NUL and no half of a surrogate pair, and a list shows one line. */
function oneLine(text: string, most: number): string {
  return text
    .toWellFormed()
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, most)
    .toWellFormed();
}

function timeOf(text: string | null | undefined): string | null {
  const parsed = z.iso.datetime({ offset: true }).safeParse(text);
  return parsed.success ? parsed.data : null;
}
