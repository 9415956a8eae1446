import * as z from "zod";
import { endOwnSession } from "@/lib/domain/users/own-account";
import { route } from "@/lib/web/http/route";

export const DELETE = route(
  { summary: "Sign out one browser", permission: "account:secure", params: z.object({ sessionId: z.uuid() }) },
  async ({ actor, params: { sessionId } }) => endOwnSession(sessionId, actor),
);
