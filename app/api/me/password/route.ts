import { PasswordChange } from "@/lib/contracts/user";
import { changeOwnPassword } from "@/lib/domain/users/own-account";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Change one's password",
    description: "Needs the present one. Ends every other session, and with revokeTokens every API token.",
    permission: "account:secure",
    body: PasswordChange,
    rateLimit: "password",
    problems: ["password-wrong", "password-common"],
  },
  async ({ actor, body }) => changeOwnPassword(body, actor),
);
