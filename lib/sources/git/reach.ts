import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { GitAddress } from "@/lib/contracts/git-source";
import { Problem } from "@/lib/contracts/problem";
import { whyRefused } from "@/lib/hosts/inward-address";

export interface ReachRules {
  /** Names (or `name:port`) that an administrator allows for everyone, including plain HTTP and private networks. */
  allowedHosts: readonly string[];
  /** Whether the owner of the service is an administrator, who may name servers of a private network. */
  isAdministrator: boolean;
}

/** The addresses of a name; rejects where it has none. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

const resolveHere: ResolveName = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * The IP address to which the connection is then pinned. A member reaches only public addresses of other machines, and
 * no one reaches a cloud's metadata. Plain HTTP, which can be modified in transit, is only for this
 * machine and for the names that an administrator allows. Throws `git-address-refused` and `git-unreachable`.
 */
export async function reachOf(
  address: GitAddress,
  rules: ReachRules,
  resolve: ResolveName = resolveHere,
): Promise<string> {
  const { host, port } = address;
  const isAllowed = rules.allowedHosts.some((allowed) => allowed === host || allowed === `${host}:${port}`);
  const addresses = await addressesOf(host, resolve);
  const isTrusted = isAllowed || rules.isAdministrator;
  const reason = whyRefused(host, addresses, { mayBePrivate: isTrusted, mayBeConsole: isTrusted });
  if (reason !== null) throw new Problem("git-address-refused", { params: { host, reason } });
  const isHere = addresses.every((each) => (isIP(each) === 4 ? each.startsWith("127.") : each === "::1"));
  if (address.transport === "http" && !isAllowed && !isHere)
    throw new Problem("git-address-refused", { params: { host, reason: "http" } });
  return addresses[0] as string;
}

async function addressesOf(host: string, resolve: ResolveName): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await resolve(host).catch((cause) => {
    throw new Problem("git-unreachable", {
      params: { host, repository: "" },
      detail: `could not resolve ${host}`,
      cause,
    });
  });
  if (addresses.length === 0) throw new Problem("git-unreachable", { params: { host, repository: "" } });
  return addresses;
}
