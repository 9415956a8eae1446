import { BlockList, isIP } from "node:net";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";

/** Every address of the host, as Linux tells them. A family that is switched off has no file. */
const ADDRESSES = "cat /proc/net/fib_trie /proc/net/if_inet6 2>/dev/null || :";

/**
 * Throws `settings-invalid` unless the address is the host's own. A service cannot listen on another, and to ask there for its
 * health would be to ask another machine, with the reach of whoever asks: a member could choose a cloud's metadata address.
 */
export async function checkOwnAddress(host: Host, address: string | undefined, signal: AbortSignal): Promise<void> {
  if (await isOwnAddress(host, address, signal)) return;
  throw new Problem("settings-invalid", {
    params: { field: "bindAddress" },
    detail: `${address} is not an address of ${host.label}`,
  });
}

/** True without an address, too: then all of the host's own are meant. */
export async function isOwnAddress(host: Host, address: string | undefined, signal: AbortSignal): Promise<boolean> {
  if (address === undefined) return true;
  const { stdout } = await host.run({ args: ["sh", "-c", ADDRESSES] }, { signal });
  return ownAddresses(stdout).check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

function ownAddresses(told: string): BlockList {
  const own = new BlockList();
  own.addAddress("0.0.0.0");
  own.addAddress("::", "ipv6");
  // Some sandboxes tell no addresses, and every host has these.
  own.addSubnet("127.0.0.0", 8);
  own.addAddress("::1", "ipv6");
  // A leaf of the routing table, and below it what its address is of.
  let leaf = "";
  for (const line of told.split("\n")) {
    leaf = /\|-- (\S+)/.exec(line)?.[1] ?? leaf;
    const bits = /^\s*\/(\d+) host LOCAL/.exec(line)?.[1];
    if (bits) own.addSubnet(leaf, Number(bits));
    const six = /^([0-9a-f]{32}) /.exec(line)?.[1];
    if (six) own.addAddress((six.match(/.{4}/g) ?? []).join(":"), "ipv6");
  }
  return own;
}
