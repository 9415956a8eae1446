import { v7 as uuidv7 } from "uuid";
import { type GitAddress, gitServerOf, readGitAddress, webServerOf } from "@/lib/contracts/git-source";
import { db, type Prisma, type Tx } from "@/lib/platform/db/client";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import type { GitAccess } from "./git";

/** What the repositories of services are read with, one row for each service. Secrets are stored encrypted. */

export type GitAccessRow = Prisma.GitAccessGetPayload<object>;

export function findGitAccess(serviceId: string): Promise<GitAccessRow | null> {
  return db.gitAccess.findUnique({ where: { serviceId } });
}

/**
 * What of it counts for a server. A token and a host key are for the server that they were stored for: whoever changes
 * the address of a service to a server of theirs is not sent another server's token. A deploy key proves itself to every
 * server without being shown, and Git sends it to none.
 */
export function accessTo(row: GitAccessRow | null, address: GitAddress): GitAccess {
  const server = gitServerOf(address);
  if (row === null) return { hostKeys: [] };
  const { id, sealedKey, tokenServer, tokenUser, sealedToken, hostKeyServer, hostKey } = row;
  const isSsh = address.transport === "ssh";
  const hasToken = !isSsh && tokenServer === server && sealedToken !== null;
  return {
    hostKeys: isSsh && hostKeyServer === server && hostKey !== null ? [hostKey] : [],
    ...(isSsh && sealedKey !== null && { deployKey: unseal<Secret>(sealedKey, keyPlace(id)) }),
    ...(hasToken && { token: { user: tokenUser ?? "", secret: unseal<Secret>(sealedToken, tokenPlace(id)) } }),
  };
}

/**
 * Where the API of a repository's server is, and the token for it. A repository over SSH is not read with a token; one that
 * was stored for its host is for the API alone, at the address that it was stored for.
 */
export function apiAccess(
  row: GitAccessRow | null,
  address: GitAddress,
): { at: GitAddress; token: NonNullable<GitAccess["token"]> } | null {
  const at = address.transport === "ssh" ? readGitAddress(`${row?.tokenServer}/${address.path}`) : address;
  if (at === null || at.host !== webServerOf(address).host) return null;
  const { token } = accessTo(row, at);
  return token ? { at, token } : null;
}

/** The stored access of a service, read when a server is about to be asked; `onSecret` is told of what it has first. */
export function storedAccess(
  serviceId: string,
  onSecret: (secret: Secret) => void = () => {},
): (address: GitAddress) => Promise<GitAccess> {
  return async (address) => {
    const access = accessTo(await findGitAccess(serviceId), address);
    if (access.token) onSecret(access.token.secret);
    if (access.deployKey) onSecret(access.deployKey);
    return access;
  };
}

/** A new deploy key; the one before no longer opens anything. Answers its public half. */
export async function storeNewKey(tx: Tx, serviceId: string, comment: string): Promise<string> {
  const pair = await generateKey(comment);
  const id = await rowOf(tx, serviceId);
  const sealedKey = seal(new Secret(pair.private), keyPlace(id));
  await tx.gitAccess.update({ where: { id }, data: { publicKey: pair.public, sealedKey } });
  return pair.public;
}

/** The library leaves out the zero that one public key in 256 begins with, and such a key is none. */
async function generateKey(comment: string): Promise<{ public: string; private: string }> {
  // Loaded with the first key: a worker that only deploys holds less memory without it.
  const { default: ssh2 } = await import("ssh2");
  const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
  return ssh2.utils.parseKey(pair.public) instanceof Error ? generateKey(comment) : pair;
}

export async function storeToken(
  tx: Tx,
  serviceId: string,
  address: GitAddress,
  token: { user: string; secret: Secret },
): Promise<void> {
  const id = await rowOf(tx, serviceId);
  const sealedToken = seal(token.secret, tokenPlace(id));
  const data = { tokenServer: gitServerOf(address), tokenUser: token.user, sealedToken };
  await tx.gitAccess.update({ where: { id }, data });
}

export async function forgetToken(tx: Tx, serviceId: string): Promise<void> {
  const data = { tokenServer: null, tokenUser: null, sealedToken: null };
  await tx.gitAccess.updateMany({ where: { serviceId }, data });
}

export async function storeHostKey(
  tx: Tx,
  serviceId: string,
  address: GitAddress,
  { line, confirmedById }: { line: string; confirmedById: string | null },
): Promise<void> {
  const id = await rowOf(tx, serviceId);
  const confirmed = { hostKeyConfirmedById: confirmedById, hostKeyConfirmedAt: new Date() };
  const data = { hostKeyServer: gitServerOf(address), hostKey: line, ...confirmed };
  await tx.gitAccess.update({ where: { id }, data });
}

/** Which API its server takes commit statuses by (contracts/hook.ts StatusSetting). */
export async function storeStatusSetting(tx: Tx, serviceId: string, statuses: string): Promise<void> {
  const id = await rowOf(tx, serviceId);
  await tx.gitAccess.update({ where: { id }, data: { statuses } });
}

async function rowOf(tx: Tx, serviceId: string): Promise<string> {
  await tx.gitAccess.createMany({ data: { id: uuidv7(), serviceId }, skipDuplicates: true });
  return (await tx.gitAccess.findUniqueOrThrow({ where: { serviceId }, select: { id: true } })).id;
}

/** Where encrypted texts are stored: each can be decrypted for no other row. */
function keyPlace(id: string): Place {
  return { table: "git_access", column: "sealed_key", id };
}
function tokenPlace(id: string): Place {
  return { table: "git_access", column: "sealed_token", id };
}
