import { z } from "zod";
import { type OpenApiDocument, openApiDocument } from "@/lib/http/openapi";
import { route } from "@/lib/http/route";
import { ROUTES } from "../routes";

export const GET = route(
  {
    summary: "This API as an OpenAPI 3.1 document",
    description: "Made from the schemas that check requests and answers.",
    public: true,
    response: z.custom<OpenApiDocument>(),
  },
  async () => apiDocument(),
);

let made: OpenApiDocument | undefined;

/** The same for everybody and for as long as the process lives. */
function apiDocument(): OpenApiDocument {
  made ??= openApiDocument({ ...ROUTES, "/api/openapi.json": { GET } });
  return made;
}
