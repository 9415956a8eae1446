import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { UserChange, UserView } from "@/lib/contracts/user";
import { changeUser } from "@/lib/domain/users/user-commands";
import { findUser } from "@/lib/domain/users/user-store";
import { route } from "@/lib/web/http/route";

const params = z.object({ userId: z.uuid() });

export const GET = route(
  { summary: "One user", permission: "user:read", params, response: UserView },
  async ({ params: { userId } }) => {
    const user = await findUser(userId);
    if (!user) throw new Problem("not-found");
    return user;
  },
);

export const PATCH = route(
  {
    summary: "Change a user",
    description:
      "A new password, another role and disabling end the user's sessions. The last administrator stays one.",
    permission: "user:write",
    params,
    body: UserChange,
    response: UserView,
    problems: ["last-admin"],
  },
  async ({ actor, params: { userId }, body }) => changeUser(userId, body, actor),
);
