import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { METHODS, type OpenApiDocument, openApiDocument } from "@/lib/web/http/openapi";
import { call } from "@/lib/web/http/test-call";
import { GET } from "./openapi.json/route";
import { ROUTES } from "./routes";

/** next-auth's protocol is not ours, the catch-all cannot be called, and two routes serve what is made of the list. */
const APART = ["/api/[...unknown]", "/api/auth/[...nextauth]", "/api/mcp", "/api/openapi.json"];

test("every route file under app/api is in the list", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith("route.ts"),
  );
  const paths = files.map((file) => join("/api", file, ".."));
  expect(Object.keys(ROUTES).sort()).toEqual(paths.filter((path) => !APART.includes(path)).sort());
});

test("every exported method is described, with its answers and its problems", () => {
  const document = openApiDocument(ROUTES);
  for (const [path, handlers] of Object.entries(ROUTES)) {
    const described = document.paths[path.replaceAll(/\[(?:\.\.\.)?(\w+)\]/g, "{$1}")] ?? {};
    const exported = METHODS.filter((method) => method in handlers).map((method) => method.toLowerCase());
    expect(Object.keys(described), path).toEqual(exported);
    for (const operation of Object.values(described)) {
      expect(operation.summary.length).toBeGreaterThan(3);
      expect(Object.keys(operation.responses).some((status) => status.startsWith("2"))).toBe(true);
      expect(operation.responses["500"]?.content?.["application/problem+json"]?.schema).toEqual({
        $ref: "#/components/schemas/Problem",
      });
    }
  }
});

test("operations have names of their own, and every reference leads somewhere", () => {
  const document = openApiDocument(ROUTES);
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, reference = ""] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = reference
      .split("/")
      .reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], document);
    expect(found, reference).toBeDefined();
  }
});

test("a body's defaults are optional to send and certain to get", () => {
  const { components } = openApiDocument(ROUTES);
  expect(components.schemas.NewServiceInput?.required ?? components.schemas.NewService?.required).not.toContain(
    "healthPath",
  );
  expect(components.schemas.DeploymentView?.required).toContain("warnings");
});

test("what agents call is named, and an operation for tokens alone names no session", async () => {
  const { paths } = (await call(GET, { path: "/api/openapi.json" })).body as OpenApiDocument;
  expect(paths["/api/services/{name}/rollback"]?.post?.["x-mcp-tool"]).toBe("roll_back_service");
  expect(paths["/api/tokens"]?.post).not.toHaveProperty("x-mcp-tool");
  expect(paths["/api/mcp"]?.post?.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
});

test("the document is served to anybody, and lists itself", async () => {
  const { status, body } = await call(GET, { path: "/api/openapi.json" });
  const document = body as OpenApiDocument;
  expect([status, document.openapi]).toEqual([200, "3.1.0"]);
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(["/api/openapi.json", "/api/mcp"]));
});
