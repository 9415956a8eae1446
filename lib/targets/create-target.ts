import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem, Problem } from "@/lib/contracts/problem";
import type { NewTarget, TargetView } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Prisma, type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { refreshTargetCheck } from "./check-target";
import { dokployFacts, takeDokploy, toDokployColumns } from "./dokploy-target";
import { verifyHostKeys } from "./host-key";
import { sshFacts, toSshColumns } from "./ssh-target";
import { takeSsh } from "./take-ssh";
import { findTargetView, insertTarget, lockTargetList } from "./target-store";

interface Taken {
  columns: Pick<Prisma.TargetUncheckedCreateInput, "id" | "settings" | "sealedSecrets" | "hostKey">;
  facts: Prisma.InputJsonObject;
}

/** What is written down of a new target of each kind. */
const TAKES: { [Kind in NewTarget["kind"]]: (input: Extract<NewTarget, { kind: Kind }>) => Promise<Taken> } = {
  ssh: async (input) => {
    const ssh = takeSsh(input, null);
    await verifyHostKeys(ssh);
    const id = uuidv7();
    return { columns: { id, ...toSshColumns(id, ssh) }, facts: sshFacts(ssh) };
  },
  dokploy: async (input) => {
    const dokploy = takeDokploy(input, null);
    const id = uuidv7();
    return { columns: { id, ...toDokployColumns(id, dokploy) }, facts: dokployFacts(dokploy) };
  },
};

function take<Kind extends NewTarget["kind"]>(input: Extract<NewTarget, { kind: Kind }>): Promise<Taken> {
  return TAKES[input.kind as Kind](input);
}

/**
 * Writes down a server and looks at it; one over SSH once it has shown the host key that a person confirmed. Whether it
 * lets us in is told by that look and by no error: what was typed is kept, and can be corrected.
 */
export async function createTarget(input: NewTarget, actor: Actor, options?: IdempotencyOptions): Promise<TargetView> {
  authorize(actor, "target:write");
  const taken = await take(input);
  const { subjectId, repeated } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createIn(tx, input, taken, actor) })),
  );
  if (!repeated) await refreshTargetCheck(input.name);
  const created = await findTargetView(subjectId, actor);
  if (!created) throw new Problem("not-found");
  return created;
}

async function createIn(tx: Tx, input: NewTarget, { columns, facts }: Taken, actor: Actor): Promise<string> {
  const { name, kind, concurrency } = input;
  const targets = await lockTargetList(tx);
  if (targets.some((target) => target.name === name)) throw fieldProblem(["name"], "name-taken", { name });
  const { id } = await insertTarget(tx, { name, kind, concurrency, ...columns });
  await audit(tx, actor, "target.create", { type: "target", id, name }, { kind, concurrency, ...facts });
  return id;
}
