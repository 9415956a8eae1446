/**
 * Where clouds tell whoever asks from a machine that machine's credentials: most of them, Azure, Oracle, Alibaba, and
 * Amazon's and Google's by IPv6. Every rule that keeps a service from asking is made of this list.
 */
export const METADATA_ADDRESSES = {
  ipv4: ["169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200"],
  ipv6: ["fd00:ec2::254", "fd20:ce::254"],
} as const;

/** For `while read -r tool address`: each with the command of the firewall that knows it. */
export const METADATA_LINES = [
  ...METADATA_ADDRESSES.ipv4.map((address) => `iptables ${address}`),
  ...METADATA_ADDRESSES.ipv6.map((address) => `ip6tables ${address}`),
].join("\n");

/** What a rule closes there: everything but names, which some clouds look up at the same address. */
export const METADATA_PORTS = "! --dport 53";
/** What rules of an earlier Landfall closed: they are taken away with the others. */
export const FORMER_PORTS = "--dport 80";
