import type { HostKeyView } from "@/lib/contracts/ssh";
import { fingerprintOf } from "@/lib/hosts/ssh/host-key";

export function viewOfHostKey(line: string): HostKeyView {
  return { keyType: line.split(" ")[0] ?? "", fingerprint: fingerprintOf(line), line };
}
