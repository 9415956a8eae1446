/**
 * The addresses at which clouds give a machine's credentials to any program on it: most clouds, Azure, Oracle, Alibaba,
 * and Amazon and Google by IPv6. Every rule that blocks these addresses for services is built from this list.
 */
export const METADATA_ADDRESSES = {
  ipv4: ["169.254.169.254", "168.63.129.16", "192.0.0.192", "100.100.100.200"],
  ipv6: ["fd00:ec2::254", "fd20:ce::254"],
} as const;

/** For `while read -r tool address`: each address with the firewall command of its version of IP. */
export const METADATA_LINES = [
  ...METADATA_ADDRESSES.ipv4.map((address) => `iptables ${address}`),
  ...METADATA_ADDRESSES.ipv6.map((address) => `ip6tables ${address}`),
].join("\n");

/** The ports that a rule blocks there: all but DNS, which some clouds serve at the same address. */
export const METADATA_PORTS = "! --dport 53";
/** The ports that rules of an earlier Landfall blocked: those rules are removed with the others. */
export const FORMER_PORTS = "--dport 80";
