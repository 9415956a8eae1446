import * as z from "zod";
import { UserView } from "@/lib/contracts/user";
import { unlinkAccount } from "@/lib/domain/users/linked-accounts";
import { route } from "@/lib/web/http/route";

export const DELETE = route(
  {
    summary: "Unlink a provider's account from a user",
    permission: "user:write",
    params: z.object({ userId: z.uuid(), accountId: z.uuid() }),
    response: UserView,
  },
  async ({ actor, params: { userId, accountId } }) => unlinkAccount(userId, accountId, actor),
);
