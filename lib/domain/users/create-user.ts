import { authorize } from "@/lib/contracts/authorize";
import { fieldProblem } from "@/lib/contracts/problem";
import type { Actor, NewUser, UserView } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { hashPassword } from "@/lib/platform/secrets/password-hash";
import { refuseCommonPassword } from "./common-password";
import { toUserView, withFactors } from "./user-store";

/** Throws forbidden, email-taken or password-common. */
export async function createUser(input: NewUser, actor: Actor, options?: IdempotencyOptions): Promise<UserView> {
  authorize(actor, "user:write");
  const { email, name, role } = input;
  // Before the transaction: both are slow on purpose, and would hold a connection meanwhile.
  await refuseCommonPassword(input.password, [email, name]);
  const passwordHash = await hashPassword(input.password);
  return transaction(async (tx) => {
    const { subjectId } = await once(tx, actor, options, async () => {
      const [made] = await tx.user.createManyAndReturn({
        data: { email, name, role, passwordHash },
        skipDuplicates: true,
      });
      if (!made) throw fieldProblem(["email"], "email-taken");
      await audit(tx, actor, "user.create", { type: "user", id: made.id, name }, { email, role });
      return { subjectId: made.id };
    });
    return toUserView(await tx.user.findUniqueOrThrow({ where: { id: subjectId }, include: withFactors }));
  });
}
