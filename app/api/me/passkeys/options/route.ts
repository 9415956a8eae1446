import { PasskeyOptions } from "@/lib/contracts/user";
import { offerPasskey } from "@/lib/domain/users/passkeys";
import { relyingParty } from "@/lib/web/auth/relying-party";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Begin with a passkey",
    description: "What navigator.credentials.create() is to be called with. It can be answered once, for five minutes.",
    permission: "account:secure",
    response: PasskeyOptions,
    problems: ["second-factor-exists"],
  },
  async ({ actor, request }) => ({ ...(await offerPasskey(actor, relyingParty(request.headers))) }),
);
