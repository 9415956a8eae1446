import { PasskeyOptions } from "@/lib/contracts/user";
import { askForPasskey } from "@/lib/domain/users/passkeys";
import { relyingParty } from "@/lib/web/auth/relying-party";
import { route } from "@/lib/web/http/route";

export const POST = route(
  {
    summary: "Begin to sign in with a passkey",
    description: "What navigator.credentials.get() is to be called with. It can be answered once, for five minutes.",
    public: true,
    response: PasskeyOptions,
    rateLimit: "check",
  },
  async ({ request }) => ({ ...(await askForPasskey(relyingParty(request.headers))) }),
);
