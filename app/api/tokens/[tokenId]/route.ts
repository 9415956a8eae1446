import * as z from "zod";
import { TokenView } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { revokeToken } from "@/lib/tokens/revoke-token";

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
