import { SecurityView } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { getOwnSecurity } from "@/lib/users/own-account";

export const GET = route(
  { summary: "How one proves who one is", permission: "account:secure", response: SecurityView },
  async ({ actor }) => getOwnSecurity(actor),
);
