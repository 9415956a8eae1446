import { AccountChange, AccountView } from "@/lib/contracts/user";
import { changeOwnAccount, getOwnAccount } from "@/lib/domain/users/own-account";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Who one is",
    permission: "account:read",
    tool: { name: "get_account", description: "Whose token this is, and their role." },
    response: AccountView,
  },
  async ({ actor }) => getOwnAccount(actor),
);

export const PATCH = route(
  {
    summary: "Choose one's language",
    description: "It holds on every browser on which no other was chosen. Null: as the browser asks for.",
    permission: "account:update",
    body: AccountChange,
    response: AccountView,
  },
  async ({ actor, body }) => changeOwnAccount(body, actor),
);
