import * as z from "zod";
import { UserView } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { unlinkAccount } from "@/lib/users/linked-accounts";

export const DELETE = route(
  {
    summary: "Unlink a provider's account from a user",
    permission: "user:write",
    params: z.object({ userId: z.uuid(), accountId: z.uuid() }),
    response: UserView,
  },
  async ({ actor, params: { userId, accountId } }) => unlinkAccount(userId, accountId, actor),
);
