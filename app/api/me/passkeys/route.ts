import { NewPasskey, RecoveryCodes } from "@/lib/contracts/user";
import { addPasskey } from "@/lib/domain/users/passkeys";
import { relyingParty } from "@/lib/web/auth/relying-party";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Add a passkey",
    description: "`answer` is what navigator.credentials.create() answered to /api/me/passkeys/options.",
    permission: "account:secure",
    body: NewPasskey,
    response: RecoveryCodes,
    status: 201,
    problems: ["second-factor-wrong", "second-factor-exists"],
  },
  async ({ actor, body, request }) => addPasskey(body, actor, relyingParty(request.headers)),
);
