import * as z from "zod";
import { IDLE_SECONDS } from "@/lib/auth/session-cookie";
import { SessionView } from "@/lib/contracts/user";
import { route } from "@/lib/http/route";
import { endOtherSessions, listOwnSessions } from "@/lib/users/own-account";

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
