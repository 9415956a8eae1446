import * as z from "zod";
import { UnlinkedAccountView } from "@/lib/contracts/user";
import { listUnlinkedAccounts } from "@/lib/domain/users/linked-accounts";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List provider accounts that no user is linked to",
    description: "From sign-ins that were refused, newest first. Names and addresses are what the provider says.",
    permission: "user:write",
    response: z.object({ items: z.array(UnlinkedAccountView) }),
  },
  async ({ actor }) => ({ items: await listUnlinkedAccounts(actor) }),
);
