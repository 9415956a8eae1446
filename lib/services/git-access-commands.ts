import { authorize } from "@/lib/contracts/authorize";
import type { GitAccessView, GitToken } from "@/lib/contracts/git-access";
import { type GitAddress, gitServerOf, readGitAddress, webServerOf } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import type { HostKeyView } from "@/lib/contracts/ssh";
import type { Actor } from "@/lib/contracts/user";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";
import { readHostKey } from "@/lib/hosts/ssh/read-host-key";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Tx, transaction } from "@/lib/platform/db/client";
import { Secret } from "@/lib/platform/secrets/secret";
import {
  accessTo,
  apiAccess,
  findGitAccess,
  forgetToken,
  storeHostKey,
  storeNewKey,
  storeToken,
} from "@/lib/sources/git/git-access";
import { knownHostKeys } from "@/lib/sources/git/known-servers";
import { reachGit } from "@/lib/sources/git/workshop";
import { patience } from "@/lib/targets/host-target";
import { wrongField } from "./draft-fields";
import { ownedService } from "./owned-service";
import { lockServiceRow, type ServiceRow } from "./service-store";

/** What people do with the access of a service to its repository. */

export async function readGitAccess(name: string, actor: Actor): Promise<GitAccessView> {
  return viewOf(await ownedService(name, actor, "service:update"));
}

/** A new deploy key, of which only the public half is ever answered. */
export function createDeployKey(name: string, actor: Actor): Promise<GitAccessView> {
  return change(name, actor, "git-key", async (tx, service) => {
    const publicKey = await storeNewKey(tx, service.id, `landfall ${service.name}`);
    return { fingerprint: fingerprintOf(publicKey.split(" ").slice(0, 2).join(" ")) };
  });
}

export function changeGitToken(name: string, { user, secret, server }: GitToken, actor: Actor): Promise<GitAccessView> {
  return change(name, actor, "git-token", async (tx, service, address) => {
    const at = tokenServer(address, server);
    await storeToken(tx, service.id, at, { user, secret: new Secret(secret) });
    return { user, server: gitServerOf(at) };
  });
}

/** The repository's own server, at another port where only its SSH server is named: a token is for no other host. */
function tokenServer(address: GitAddress, given: string | undefined): GitAddress {
  const own = webServerOf(address);
  if (!given) return own;
  const at = readGitAddress(`${given.replace(/\/+$/, "")}/${own.path}`);
  const isWeb = at !== null && at.transport !== "ssh" && at.host === own.host && at.path === own.path;
  if (isWeb && (address.transport === "ssh" || gitServerOf(at) === gitServerOf(own))) return at;
  throw new Problem("invalid-request", {
    fields: [wrongField(["server"], "not-its-server", { server: gitServerOf(own) })],
  });
}

export function removeGitToken(name: string, actor: Actor): Promise<GitAccessView> {
  return change(name, actor, "git-token-removal", async (tx, service) => {
    await forgetToken(tx, service.id);
    return {};
  });
}

/** The key that the server of the repository shows now, for a person to compare. Nothing is sent but what asks for it. */
export async function showGitHostKey(name: string, actor: Actor): Promise<HostKeyView> {
  const service = await ownedService(name, actor, "service:update");
  return toView((await shownBy(service, sshAddressOf(service))).line);
}

/** Throws `git-host-key-changed` when the server shows another key by now. */
export async function confirmGitHostKey(name: string, line: string, actor: Actor): Promise<GitAccessView> {
  const seen = await ownedService(name, actor, "service:update");
  const address = sshAddressOf(seen);
  const shown = await shownBy(seen, address, line);
  if (shown.line !== line) {
    const params = { host: address.host, expected: fingerprintOf(line), received: shown.fingerprint };
    throw new Problem("git-host-key-changed", { params });
  }
  return change(name, actor, "git-host-key", async (tx, service) => {
    // The service may have got another address meanwhile: the key is for the server that was asked.
    await storeHostKey(tx, service.id, address, { line, confirmedById: actor.id });
    return { server: gitServerOf(address), fingerprint: shown.fingerprint };
  });
}

/** What is changed, by its word in the audit trail; `work` answers what the trail says of it, which is never a secret. */
async function change(
  name: string,
  actor: Actor,
  what: "git-key" | "git-token" | "git-token-removal" | "git-host-key",
  work: (tx: Tx, service: ServiceRow, address: GitAddress) => Promise<Record<string, string>>,
): Promise<GitAccessView> {
  const changed = await transaction(async (tx) => {
    const service = authorize(actor, "service:update", await lockServiceRow(tx, name));
    const details = await work(tx, service, addressOf(service));
    await audit(tx, actor, `service.${what}`, { type: "service", id: service.id, name: service.name }, details);
    return service;
  });
  return viewOf(changed);
}

async function viewOf(service: ServiceRow): Promise<GitAccessView> {
  const address = addressOf(service);
  const row = await findGitAccess(service.id);
  const { hostKeys } = accessTo(row, address);
  const api = apiAccess(row, address);
  return {
    server: gitServerOf(address),
    publicKey: row?.publicKey ?? null,
    token: api ? { user: api.token.user, server: gitServerOf(api.at) } : null,
    hostKey: await hostKeyState(address, hostKeys, row),
  };
}

async function hostKeyState(
  address: GitAddress,
  confirmed: readonly string[],
  row: Awaited<ReturnType<typeof findGitAccess>>,
): Promise<GitAccessView["hostKey"]> {
  const nobody = { confirmedBy: null, confirmedAt: null };
  if (address.transport !== "ssh") return { state: "not-needed", keys: [], ...nobody };
  if (confirmed.length > 0) {
    const id = row?.hostKeyConfirmedById;
    const person = id ? await db.user.findUnique({ where: { id }, select: { name: true } }) : null;
    const confirmedAt = row?.hostKeyConfirmedAt?.toISOString() ?? null;
    return { state: "confirmed", keys: confirmed.map(toView), confirmedBy: person?.name ?? null, confirmedAt };
  }
  const published = knownHostKeys(address.host, address.port).map(toView);
  return { state: published.length > 0 ? "published" : "unconfirmed", keys: published, ...nobody };
}

const PATIENCE_MS = 20_000;

async function shownBy(service: ServiceRow, address: GitAddress, pinned?: string) {
  const host = await reachGit(address, { isAdministrator: service.ownerRole === "admin" });
  const to = { host, port: address.port, ...(pinned !== undefined && { pinned }) };
  return readHostKey(to, patience(PATIENCE_MS)).catch((cause) => {
    if (!(cause instanceof Problem) || cause.code !== "host-unreachable") throw cause;
    const params = { host: address.host, repository: address.path };
    throw new Problem("git-unreachable", { params, ...(cause.detail && { detail: cause.detail }), cause });
  });
}

function addressOf({ draft: { source } }: ServiceRow): GitAddress {
  const address = source.kind === "git" ? readGitAddress(source.url) : null;
  if (address === null) throw new Problem("git-not-applicable", { params: { reason: "source" } });
  return address;
}

function sshAddressOf(service: ServiceRow): GitAddress {
  const address = addressOf(service);
  if (address.transport !== "ssh") throw new Problem("git-not-applicable", { params: { reason: "ssh" } });
  return address;
}

function toView(line: string): HostKeyView {
  return { keyType: line.split(" ")[0] ?? "", fingerprint: fingerprintOf(line), line };
}
