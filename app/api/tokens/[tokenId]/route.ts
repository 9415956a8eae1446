import * as z from "zod";
import { TokenView } from "@/lib/contracts/user";
import { revokeToken } from "@/lib/domain/tokens/token-commands";
import { route } from "@/lib/web/http/route";

export const DELETE = route(
  {
    summary: "Revoke an API token",
    description: "It stops working at once; its row stays, so that one can see what it was.",
    permission: "token:revoke",
    params: z.object({ tokenId: z.uuid() }),
    response: TokenView,
  },
  async ({ actor, params: { tokenId } }) => revokeToken(tokenId, actor),
);
