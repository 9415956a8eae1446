import { PageQuery, pageOf } from "@/lib/contracts/page";
import { NewUser, UserView } from "@/lib/contracts/user";
import { createUser } from "@/lib/domain/users/user-commands";
import { listUsers } from "@/lib/domain/users/user-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List users, newest first",
    permission: "user:read",
    query: PageQuery.strict(),
    response: pageOf(UserView),
  },
  async ({ query }) => listUsers(query),
);

export const POST = route(
  {
    summary: "Make a user",
    permission: "user:write",
    idempotent: true,
    body: NewUser,
    response: UserView,
    status: 201,
    problems: ["email-taken"],
  },
  async ({ actor, body, idempotency }) => {
    const user = await createUser(body, actor, idempotency);
    return answer(user, { headers: { location: `/api/users/${user.id}` } });
  },
);
