import type { ServiceUnderTest } from "./service-under-test";
import type { StackServer } from "./stack-server";

/** Every page of a console that has a service and a stack with a deployment each. */
export function pagesOf(
  { name }: Pick<ServiceUnderTest, "name">,
  deploymentId: string,
  { target, template }: Pick<StackServer, "target" | "template">,
  stack: { name: string; deploymentId: string },
): string[] {
  return [
    "/",
    "/account",
    "/services",
    "/services/new",
    ...["", "/releases", "/environment", "/log", "/settings"].map((part) => `/services/${name}${part}`),
    "/stacks",
    "/stacks/new",
    `/stacks/${stack.name}`,
    `/deployments/${stack.deploymentId}`,
    "/deployments",
    `/deployments/${deploymentId}`,
    "/targets",
    "/targets/new",
    "/targets/new?kind=dokploy",
    "/targets/this-machine",
    `/targets/${target}`,
    `/targets/${target}/edit`,
    "/templates",
    "/templates/new",
    `/templates/${template}`,
    "/registrations",
    "/image-registries",
    "/notifications",
    "/tokens",
    "/users",
    "/backups",
    "/audit",
    "/api-docs",
    "/no-such-page",
    "/services/nope",
  ];
}
