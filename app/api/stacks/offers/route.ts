import * as z from "zod";
import { StackOffer } from "@/lib/contracts/stack";
import { listStackOffers } from "@/lib/domain/stacks/stack-store";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List templates for a new stack, with its public address",
    description:
      "The default template first. Empty without a template, or without a Dokploy server to which the caller may deploy.",
    permission: "template:read",
    response: z.object({ items: z.array(StackOffer) }),
  },
  async ({ actor }) => ({ items: await listStackOffers(actor) }),
);
