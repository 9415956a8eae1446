import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import type { TargetCheck, TargetTest } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { lookAtHost } from "./look-at-host";
import { sshPlace } from "./place";
import { takeSsh } from "./take-ssh";
import { findSshTarget } from "./target-store";

/** The look that a target gets, of one that is not written down (like this). Wrong keys are an error, the rest a result. */
export async function testTarget({ target, ...draft }: TargetTest, actor: Actor): Promise<TargetCheck> {
  authorize(actor, "target:write");
  const known = target === undefined ? null : await findSshTarget(target);
  if (target !== undefined && !known) throw new Problem("not-found");
  const ssh = takeSsh(draft, known);
  return lookAtHost(() => sshPlace(ssh));
}
