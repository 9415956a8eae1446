import type { ServiceUnderTest } from "./service-under-test";

/** Every page of the console that a service with one deployment has. */
export function pagesOf({ name }: ServiceUnderTest, deploymentId: string): string[] {
  return [
    "/",
    "/services",
    "/services/new",
    ...["", "/releases", "/environment", "/log", "/settings"].map((part) => `/services/${name}${part}`),
    "/deployments",
    `/deployments/${deploymentId}`,
    "/targets",
    "/targets/new",
    "/targets/this-machine",
    "/registrations",
    "/image-registries",
    "/tokens",
    "/users",
    "/audit",
    "/api-docs",
    "/no-such-page",
  ];
}
