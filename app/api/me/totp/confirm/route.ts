import { RecoveryCodes, TotpCode } from "@/lib/contracts/user";
import { confirmTotp } from "@/lib/domain/users/second-factor";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Confirm the authenticator app with a code of it",
    permission: "account:secure",
    body: TotpCode,
    response: RecoveryCodes,
    rateLimit: "password",
    problems: ["not-found", "second-factor-wrong"],
  },
  async ({ actor, body: { code } }) => confirmTotp(code, actor),
);
