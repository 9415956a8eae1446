import { route } from "@/lib/http/route";
import { RegistryCapabilities, registryCapabilities } from "@/lib/http/shapes/registry";
import { VERSION } from "@/lib/version";

export const GET = route(
  { summary: "Registry: what the built-in Registry can do", public: true, response: RegistryCapabilities },
  async () => registryCapabilities(VERSION),
);
