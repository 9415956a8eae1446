import type { RouteHandler } from "@/lib/web/http/definition";
import { type OpenApiDocument, openApiDocument } from "@/lib/web/http/openapi";
import { POST } from "./mcp/route";
import { ROUTES } from "./routes";

let made: OpenApiDocument | undefined;

/** The same for everyone and for the life of the process. `own` is the route that serves it. */
export function apiDocument(own: RouteHandler): OpenApiDocument {
  made ??= openApiDocument({ ...ROUTES, "/api/mcp": { POST }, "/api/openapi.json": { GET: own } });
  return made;
}
