import { TotpOffer } from "@/lib/contracts/user";
import { offerTotp, removeTotp } from "@/lib/domain/users/second-factor";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Begin with an authenticator app",
    description: "It counts once a code of it was given to /api/me/totp/confirm.",
    permission: "account:secure",
    response: TotpOffer,
    problems: ["second-factor-exists"],
  },
  async ({ actor }) => offerTotp(actor),
);

export const DELETE = route(
  { summary: "Remove the authenticator app", permission: "account:secure" },
  async ({ actor }) => removeTotp(actor),
);
