import { relyingParty } from "@/lib/auth/relying-party";
import { PasskeyOptions } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { askForPasskey } from "@/lib/users/passkeys";

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
