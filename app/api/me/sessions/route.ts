import * as z from "zod";
import { SessionView } from "@/lib/contracts/user";
import { endOtherSessions, listOwnSessions } from "@/lib/domain/users/own-account";
import { IDLE_SECONDS } from "@/lib/web/auth/session-cookie";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List the browsers that are signed in as oneself",
    permission: "account:secure",
    response: z.object({ items: z.array(SessionView) }),
  },
  async ({ actor }) => ({ items: await listOwnSessions(actor, IDLE_SECONDS) }),
);

export const DELETE = route(
  { summary: "Sign out every other browser", permission: "account:secure" },
  async ({ actor }) => endOtherSessions(actor),
);
