import * as z from "zod";
import { removePasskey } from "@/lib/domain/users/passkeys";
import { route } from "@/lib/web/http/route";

export const DELETE = route(
  { summary: "Remove a passkey", permission: "account:secure", params: z.object({ passkeyId: z.uuid() }) },
  async ({ actor, params: { passkeyId } }) => removePasskey(passkeyId, actor),
);
