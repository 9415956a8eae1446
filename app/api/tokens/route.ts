import { PageQuery, pageOf } from "@/lib/contracts/page";
import { MadeToken, NewToken, TokenView } from "@/lib/contracts/user";
import { createToken } from "@/lib/domain/tokens/token-commands";
import { listTokens } from "@/lib/domain/tokens/token-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List API tokens, newest first",
    description: "One's own; an administrator sees everybody's.",
    permission: "token:read",
    query: PageQuery.strict(),
    response: pageOf(TokenView),
  },
  async ({ actor, query }) => listTokens(actor, query),
);

export const POST = route(
  {
    summary: "Make an API token",
    description: "The answer is the only one that holds the token. It never allows more than its owner may do.",
    permission: "token:create",
    idempotent: true,
    body: NewToken,
    response: MadeToken,
    status: 201,
  },
  async ({ actor, body, idempotency }) => {
    const token = await createToken(body, actor, idempotency);
    return answer(token, { headers: { location: `/api/tokens/${token.id}` } });
  },
);
