import { PasswordChange } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { changeOwnPassword } from "@/lib/users/own-account";

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
