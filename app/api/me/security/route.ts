import { SecurityView } from "@/lib/contracts/user";
import { getOwnSecurity } from "@/lib/domain/users/own-account";
import { route } from "@/lib/web/http/route";

export const GET = route(
  { summary: "How one proves who one is", permission: "account:secure", response: SecurityView },
  async ({ actor }) => getOwnSecurity(actor),
);
