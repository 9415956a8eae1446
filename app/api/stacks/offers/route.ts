import * as z from "zod";
import { StackOffer } from "@/lib/contracts/stack";
import { listStackOffers } from "@/lib/domain/stacks/stack-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What a stack can be made from, and where it would answer",
    description:
      "The usual one first. Empty until there is a template and a Dokploy server that takes the caller's deployments.",
    permission: "template:read",
    response: z.object({ items: z.array(StackOffer) }),
  },
  async ({ actor }) => ({ items: await listStackOffers(actor) }),
);
