import { audit } from "@/lib/audit/audit";
import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { NewTarget, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { type Tx, transaction } from "@/lib/db/client";
import { type IdempotencyOptions, once } from "@/lib/db/idempotency";
import { refreshTargetCheck } from "./check-target";
import { verifyHostKeys } from "./host-key";
import { sshFacts } from "./ssh-facts";
import { type SshTarget, toSshColumns } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import { findTargetView, insertTarget, lockTargetList } from "./target-store";

/**
 * Writes down a server over SSH, once it has shown the host key that a person confirmed, and looks at it. Whether it
 * lets us in is told by that look and by no error: what was typed is kept, and can be corrected.
 */
export async function createTarget(input: NewTarget, actor: Actor, options?: IdempotencyOptions): Promise<TargetView> {
  authorize(actor, "target:write");
  const ssh = takeSsh(input, null);
  await verifyHostKeys(ssh);
  const { subjectId, repeated } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createIn(tx, input, ssh, actor) })),
  );
  if (!repeated) await refreshTargetCheck(input.name);
  const created = await findTargetView(subjectId);
  if (!created) throw new Problem("not-found");
  return created;
}

async function createIn(tx: Tx, { name, kind, concurrency }: NewTarget, ssh: SshTarget, actor: Actor): Promise<string> {
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === name)) throw fieldProblem(["name"], "name-taken", { name });
  const { id } = await insertTarget(tx, { name, kind, concurrency, ...toSshColumns(ssh) });
  await audit(tx, actor, "target.create", { type: "target", id, name }, { kind, concurrency, ...sshFacts(ssh) });
  return id;
}
