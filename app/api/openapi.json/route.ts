import * as z from "zod";
import type { RouteHandler } from "@/lib/web/http/definition";
import type { OpenApiDocument } from "@/lib/web/http/openapi";
import { route } from "@/lib/web/http/route";
import { apiDocument } from "../api-document";

export const GET: RouteHandler = route(
  {
    summary: "This API as an OpenAPI 3.1 document",
    description: "Made from the schemas that check requests and answers.",
    public: true,
    response: z.custom<OpenApiDocument>().describe("An OpenAPI 3.1 document"),
  },
  async () => apiDocument(GET),
);
