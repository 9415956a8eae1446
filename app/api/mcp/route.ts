import * as z from "zod";
import type { RouteHandler } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const POST: RouteHandler = route(
  {
    summary: "Model Context Protocol: the API for agents",
    description:
      "Streamable HTTP without sessions; docs/agents.md says how to connect. Its tools are the operations with `x-mcp-tool`, as far as " +
      "the token may use them.",
    permission: "account:read",
    tokensOnly: true,
    body: z.looseObject({ jsonrpc: z.literal("2.0") }).describe("One message of the protocol"),
    contentType: "application/json",
  },
  async ({ actor, body, request, requestId, sentences }) => {
    const [{ answerAgent }, { ROUTES }] = await Promise.all([import("@/lib/web/mcp/serve"), import("../routes")]);
    return answerAgent(ROUTES, body, { actor, request, requestId, sentences });
  },
);
