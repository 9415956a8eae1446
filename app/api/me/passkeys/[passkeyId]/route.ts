import * as z from "zod";
import { route } from "@/lib/http/route";
import { removePasskey } from "@/lib/users/passkeys";

export const DELETE = route(
  { summary: "Remove a passkey", permission: "account:secure", params: z.object({ passkeyId: z.uuid() }) },
  async ({ actor, params: { passkeyId } }) => removePasskey(passkeyId, actor),
);
