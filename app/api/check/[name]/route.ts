import * as z from "zod";
import { StackNameCheck } from "@/lib/contracts/stack";
import { checkStackName } from "@/lib/domain/stacks/check-new-stack";
import { actorOf } from "@/lib/web/auth/current-user";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "Stacks: can this name be had?",
    description:
      "200 also for a name that cannot be; `error` says why, in the caller's language. What a removed stack stored keeps its name for " +
      "whoever owned it.",
    public: true,
    rateLimit: "check",
    params: z.object({ name: z.string() }),
    response: StackNameCheck,
  },
  async ({ params: { name }, request, sentences }) => {
    const actor = await actorOf(request);
    const { wrong, ...found } = await checkStackName(name, actor?.id ?? null);
    return { name, ...found, ...(wrong && { error: sentences.field(wrong.code, wrong.params) }) };
  },
);
