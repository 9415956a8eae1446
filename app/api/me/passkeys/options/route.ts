import { relyingParty } from "@/lib/auth/relying-party";
import { PasskeyOptions } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { offerPasskey } from "@/lib/users/passkeys";

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
