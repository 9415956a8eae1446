import * as z from "zod";
import { route } from "@/lib/http/route";
import { endOwnSession } from "@/lib/users/own-account";

export const DELETE = route(
  { summary: "Sign out one browser", permission: "account:secure", params: z.object({ sessionId: z.uuid() }) },
  async ({ actor, params: { sessionId } }) => endOwnSession(sessionId, actor),
);
