import * as z from "zod";
import { AccountLink, UserView } from "@/lib/contracts/user";
import { linkAccount } from "@/lib/domain/users/linked-accounts";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Link a provider's account to a user",
    description: "From then on, a sign-in with that account is a sign-in of this user.",
    permission: "user:write",
    params: z.object({ userId: z.uuid() }),
    body: AccountLink,
    response: UserView,
    problems: ["account-linked"],
  },
  async ({ actor, params: { userId }, body }) => linkAccount(userId, body.unlinkedAccountId, actor),
);
