import { shortCommit } from "@/lib/contracts/commit";
import { type GitAddress, gitServerOf } from "@/lib/contracts/git-source";
import { readAtMost, requestPinned } from "@/lib/platform/outgoing/pinned-request";
import type { Secret } from "@/lib/platform/secrets/secret";

/** The status of a commit on a Git server. */
export interface CommitStatus {
  commit: string;
  state: "pending" | "success" | "failure";
  /** The service's name: several services may deploy one commit, each with its own status. */
  service: string;
  /** Of the deployment's page; null where the address of the console is not known. */
  link: string | null;
  /** In English, for a page that is not ours. */
  description: string;
}

export type StatusServer = "github" | "gitlab" | "gitea";

/** A server's response. `again`: a retry may succeed. */
export type StatusAnswer = { sent: true } | { sent: false; again: boolean; detail: string };

interface Call {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** GitLab names one state differently, and each of the three has its own address for it. */
const SERVERS: Readonly<Record<StatusServer, (at: GitAddress, status: CommitStatus, token: string) => Call>> = {
  github: (at, status, token) => ({
    url: new URL(
      `${at.host === "github.com" ? "https://api.github.com" : `${originOf(at)}/api/v3`}/repos/${at.path}/statuses/${status.commit}`,
    ),
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    },
    body: fieldsOf(status),
  }),
  gitea: (at, status, token) => ({
    url: new URL(`${originOf(at)}/api/v1/repos/${at.path}/statuses/${status.commit}`),
    headers: { authorization: `token ${token}` },
    body: fieldsOf(status),
  }),
  gitlab: (at, status, token) => ({
    url: new URL(`${originOf(at)}/api/v4/projects/${encodeURIComponent(at.path)}/statuses/${status.commit}`),
    headers: { "private-token": token },
    body: {
      state: { pending: "running", success: "success", failure: "failed" }[status.state],
      name: contextOf(status),
      ...(status.link && { target_url: status.link }),
      description: status.description,
    },
  }),
};

const SILENCE_MS = 15_000;
const ANSWER_BYTES = 64 * 1024;

/** Which of the three a host is, judged by its name; null when its owner has to choose. */
export function statusServerOf(host: string): StatusServer | null {
  if (/(^|\.)github\./.test(host)) return "github";
  if (/(^|\.)gitlab\./.test(host)) return "gitlab";
  return /(^|\.)(gitea|forgejo|codeberg)\./.test(host) ? "gitea" : null;
}

/** Without a port where it is the standard one. */
function originOf(at: GitAddress): string {
  return new URL(gitServerOf(at)).origin;
}

/** Sends one status to the API at `address`, over HTTP. `connectTo` is the checked address, under the same rules as the repository's. */
export async function sendCommitStatus(
  server: StatusServer,
  address: GitAddress,
  status: CommitStatus,
  { token, connectTo, signal }: { token: Secret; connectTo: (url: URL) => Promise<string>; signal?: AbortSignal },
): Promise<StatusAnswer> {
  const { url, headers, body } = SERVERS[server](address, status, token.reveal());
  try {
    const response = await requestPinned(url, {
      connectTo: await connectTo(url),
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "user-agent": "landfall" },
      body: JSON.stringify(body),
      silenceMs: SILENCE_MS,
      ...(signal && { signal }),
    });
    const said = (await readAtMost(response, ANSWER_BYTES)).toString().slice(0, 300);
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return { sent: true };
    return { sent: false, again: code >= 500 || code === 429, detail: `${url.host} answered ${code}: ${said}` };
  } catch (error) {
    return { sent: false, again: true, detail: error instanceof Error ? error.message : String(error) };
  }
}

function fieldsOf(status: CommitStatus) {
  const { state, link, description } = status;
  return { state, ...(link && { target_url: link }), description, context: contextOf(status) };
}

function contextOf({ service }: CommitStatus): string {
  return `landfall/${service}`;
}

/** The text beside the status on the commit's page. */
export function describeStatus(state: CommitStatus["state"], number: number, commit: string): string {
  const verb = { pending: "is deploying", success: "deployed", failure: "could not deploy" }[state];
  return `#${number} ${verb} ${shortCommit(commit)}`;
}
