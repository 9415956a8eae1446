import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "@/lib/platform/secrets/secret";
import { type HookRequest, readPush } from "./read-push";

const secret = new Secret("correct horse battery staple");
const AFTER = "9f2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
const BEFORE = "0123456789abcdef0123456789abcdef01234567";
const NONE = "0".repeat(40);

const hex = (body: string, key = secret.reveal()) => createHmac("sha256", key).update(body).digest("hex");

function request(body: unknown, headers: (body: string) => Record<string, string>): HookRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { body: Buffer.from(text), headers: new Headers(headers(text)) };
}

const commit = {
  id: AFTER,
  message: "Show prices with tax\n\nSome countries want it.",
  timestamp: "2026-11-30T10:00:00+01:00",
  author: { name: "Ana Pérez", email: "ana@example.com", username: "ana" },
  added: ["apps/web/tax.ts"],
  modified: ["apps/web/price.ts", "README.md"],
  removed: [],
};
const gitHubPush = {
  ref: "refs/heads/main",
  before: BEFORE,
  after: AFTER,
  created: false,
  deleted: false,
  forced: false,
  commits: [commit],
  head_commit: commit,
};
const github = (event: string, key?: string) => (body: string) => ({
  "content-type": "application/json",
  "x-github-event": event,
  "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
  "x-hub-signature-256": `sha256=${hex(body, key)}`,
});
const pushed = {
  kind: "push",
  ref: "refs/heads/main",
  commit: { id: AFTER, message: "Show prices with tax", author: "Ana Pérez", at: "2026-11-30T10:00:00+01:00" },
  before: BEFORE,
  paths: ["apps/web/tax.ts", "apps/web/price.ts", "README.md"],
  isSkipped: false,
  repository: null,
  defaultBranch: null,
};

test("a push of GitHub, as JSON and as a form", () => {
  const expected = { ...pushed, provider: "github", event: "push", deliveryId: "72d3162e-cc78-11e3-81ab-4c9367dc0958" };
  expect(readPush(request(gitHubPush, github("push")), secret)).toEqual(expected);
  const form = new URLSearchParams({ payload: JSON.stringify(gitHubPush) }).toString();
  const headers = (body: string) => ({ ...github("push")(body), "content-type": "application/x-www-form-urlencoded" });
  expect(readPush(request(form, headers), secret)).toEqual(expected);
});

test("GitHub's ping is one, and another event is another", () => {
  expect(readPush(request({ zen: "Keep it logically awesome.", hook_id: 1 }, github("ping")), secret)).toMatchObject({
    kind: "ping",
    commit: null,
  });
  expect(readPush(request({ action: "opened" }, github("pull_request")), secret)).toMatchObject({
    kind: "other",
    event: "pull_request",
  });
});

test("a branch that was deleted has no commit", () => {
  const deleted = { ...gitHubPush, after: NONE, deleted: true, commits: [], head_commit: null };
  expect(readPush(request(deleted, github("push")), secret)).toMatchObject({ kind: "push", commit: null });
});

test("of a push with more commits than GitHub names, not all paths are known", () => {
  const many = { ...gitHubPush, commits: Array.from({ length: 20 }, () => commit) };
  expect(readPush(request(many, github("push")), secret)).toMatchObject({ paths: null });
  expect(readPush(request({ ...gitHubPush, commits: [] }, github("push")), secret)).toMatchObject({ paths: null });
});

test("a push of Gitea and Forgejo, which bears GitHub's headers too", () => {
  const headers = (body: string) => ({
    ...github("push", "the secret of another sender")(body),
    "x-gitea-event": "push",
    "x-gitea-delivery": "f6266f16-1bf3-46a5-9ea4-602e06ead473",
    "x-gitea-signature": hex(body),
  });
  const body = { ...gitHubPush, total_commits: 1 };
  expect(readPush(request(body, headers), secret)).toEqual({
    ...pushed,
    provider: "gitea",
    event: "push",
    deliveryId: "f6266f16-1bf3-46a5-9ea4-602e06ead473",
  });
  expect(readPush(request({ ...body, total_commits: 31 }, headers), secret)).toMatchObject({ paths: null });
});

test("pushes of GitLab: a branch, and an annotated tag whose commit is another object", () => {
  const headers = (event: string, token: string) => () => ({
    "content-type": "application/json",
    "x-gitlab-event": event,
    "x-gitlab-token": token,
    "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
  });
  const body = {
    object_kind: "push",
    ref: "refs/heads/main",
    before: BEFORE,
    after: AFTER,
    checkout_sha: AFTER,
    total_commits_count: 1,
    commits: [commit],
  };
  const branch = readPush(request(body, headers("Push Hook", secret.reveal())), secret);
  expect(branch).toEqual({
    ...pushed,
    provider: "gitlab",
    event: "Push Hook",
    deliveryId: "13792a34-cac6-4fda-95a8-c58e00a3954e",
  });
  const tag = { ...body, ref: "refs/tags/v1", after: BEFORE, commits: [] };
  expect(readPush(request(tag, headers("Tag Push Hook", secret.reveal())), secret)).toMatchObject({
    ref: "refs/tags/v1",
    commit: { id: AFTER },
    paths: null,
  });
  expect(readPush(request(body, headers("Push Hook", "guessed")), secret)).toBe("wrong-signature");
  expect(readPush(request(body, headers("Push Hook", "")), secret)).toBe("wrong-signature");
});

test("a push of Bitbucket, and a branch that it says was deleted", () => {
  const headers = (body: string) => ({
    "content-type": "application/json",
    "x-event-key": "repo:push",
    "x-request-uuid": "a3f1d1d2-0b5d-4b1e-9a7e-0c9d3d0f5c11",
    "x-hub-signature": `sha256=${hex(body)}`,
  });
  const target = {
    hash: AFTER,
    message: commit.message,
    date: "2026-11-30T09:00:00+00:00",
    author: { raw: "Ana Pérez <ana@example.com>" },
  };
  const body = {
    push: { changes: [{ old: { type: "branch", name: "main" }, new: { type: "branch", name: "main", target } }] },
  };
  expect(readPush(request(body, headers), secret)).toEqual({
    ...pushed,
    commit: { ...pushed.commit, at: "2026-11-30T09:00:00+00:00" },
    provider: "bitbucket",
    event: "repo:push",
    deliveryId: "a3f1d1d2-0b5d-4b1e-9a7e-0c9d3d0f5c11",
    before: null,
    paths: null,
  });
  const deleted = { push: { changes: [{ old: { type: "branch", name: "old" }, new: null }] } };
  expect(readPush(request(deleted, headers), secret)).toMatchObject({ ref: "refs/heads/old", commit: null });
});

test("anybody who signs as Standard Webhooks has it, for five minutes", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const sign =
    (time: number, key = secret.reveal()) =>
    (body: string) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(time),
      "webhook-signature": `v1,${createHmac("sha256", "another").update("x").digest("base64")} v1,${createHmac("sha256", key).update(`msg_1.${time}.${body}`).digest("base64")}`,
    });
  const body = { ref: "refs/heads/main", commit: AFTER, message: "Show prices with tax", author: "Ana Pérez" };
  const at = now / 1_000;
  expect(readPush(request(body, sign(at)), secret, now)).toMatchObject({
    provider: "generic",
    kind: "push",
    commit: { id: AFTER },
    paths: null,
  });
  expect(readPush(request(body, sign(at - 301)), secret, now)).toBe("old-signature");
  expect(readPush(request(body, sign(at + 301)), secret, now)).toBe("old-signature");
  expect(readPush(request(body, sign(at, "guessed")), secret, now)).toBe("wrong-signature");
  expect(readPush(request({ ...body, more: 1 }, sign(at)), secret, now)).toBe("unreadable");
});

test("a secret of Standard Webhooks signs by its bytes, as the libraries do, or by its text", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const key = Buffer.from("twenty-four bytes, a key");
  const whsec = new Secret(`whsec_${key.toString("base64")}`);
  const signedWith = (by: Buffer | string) => (body: string) => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(now / 1_000),
    "webhook-signature": `v1,${createHmac("sha256", by)
      .update(`msg_1.${now / 1_000}.${body}`)
      .digest("base64")}`,
  });
  const body = { ref: "refs/heads/main", commit: AFTER, before: BEFORE };
  expect(readPush(request(body, signedWith(key)), whsec, now)).toMatchObject({ kind: "push", before: BEFORE });
  expect(readPush(request(body, signedWith(whsec.reveal())), whsec, now)).toMatchObject({ kind: "push" });
  expect(readPush(request(body, signedWith("")), whsec, now)).toBe("wrong-signature");
  expect(readPush(request(body, signedWith("")), new Secret("whsec_"), now)).toBe("wrong-signature");
});

test.each(["[skip ci] docs", "docs\n\n[CI skip]", "docs [skip landfall]"])("%j asks not to be deployed", (message) => {
  const head = { ...commit, message };
  const push = { ...gitHubPush, commits: [commit, head], head_commit: head };
  expect(readPush(request(push, github("push")), secret)).toMatchObject({ isSkipped: true });
  expect(readPush(request({ ...push, head_commit: commit }, github("push")), secret)).toMatchObject({
    isSkipped: false,
  });
});

test("an annotated tag of GitHub is its commit, and a forced push may touch more than its commits", () => {
  const tag = { ...gitHubPush, ref: "refs/tags/v1", after: BEFORE, before: NONE };
  expect(readPush(request(tag, github("push")), secret)).toMatchObject({ commit: { id: AFTER }, before: null });
  expect(readPush(request({ ...gitHubPush, forced: true }, github("push")), secret)).toMatchObject({ paths: null });
});

test("names that Postgres does not store, or that fill a list, are cleaned", () => {
  const repository = { full_name: "acme/shop", default_branch: "trunk" };
  const odd = { ...gitHubPush, ref: "refs/heads/a\u0000b\ud800", repository };
  expect(readPush(request(odd, github("push")), secret)).toMatchObject({
    ref: "refs/heads/a b\ufffd",
    repository: "acme/shop",
    defaultBranch: "trunk",
  });
  const named = Array.from({ length: 1_001 }, (_, index) => `file-${index}`);
  const many = { ...gitHubPush, commits: [{ ...commit, added: named }] };
  expect(readPush(request(many, github("push")), secret)).toMatchObject({ paths: null });
});

test("a signature that is missing, of another body, or no signature at all is refused", () => {
  const without = (name: string) => (body: string) => {
    const { [name]: _, ...rest } = github("push")(body) as Record<string, string>;
    return rest;
  };
  expect(readPush(request(gitHubPush, without("x-hub-signature-256")), secret)).toBe("unsigned");
  expect(
    readPush(
      request(gitHubPush, () => ({})),
      secret,
    ),
  ).toBe("unsigned");
  expect(readPush(request(gitHubPush, github("push", "guessed")), secret)).toBe("wrong-signature");
  const signed = request(gitHubPush, github("push"));
  expect(readPush({ ...signed, body: Buffer.from(`${signed.body} `) }, secret)).toBe("wrong-signature");
  for (const signature of ["sha256=", "sha256=zz", "sha1=abc", `sha256=${"0".repeat(64)}`])
    expect(
      readPush(
        request(gitHubPush, (body) => ({ ...github("push")(body), "x-hub-signature-256": signature })),
        secret,
      ),
      signature,
    ).toMatch(/unsigned|wrong/);
});

test("a body that is no JSON, or another shape than its sender's, is unreadable and no failure of ours", () => {
  for (const body of ["", "{", "null", "[]", "{}", JSON.stringify({ ref: 1, after: "x" }), "\u0000"])
    expect(readPush(request(body, github("push")), secret), body).toBe("unreadable");
});
