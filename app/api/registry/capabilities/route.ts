import { VERSION } from "@/lib/platform/version";
import { route } from "@/lib/web/http/route";
import { RegistryCapabilities, registryCapabilities } from "@/lib/web/http/shapes/registry";

export const GET = route(
  { summary: "Registry: what the built-in Registry can do", public: true, response: RegistryCapabilities },
  async () => registryCapabilities(VERSION),
);
