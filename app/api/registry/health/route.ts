import { route } from "@/lib/http/route";
import { RegistryHealth, registryHealth } from "@/lib/http/shapes/registry";
import { VERSION } from "@/lib/version";

export const GET = route(
  { summary: "Registry: whether the built-in Registry answers", public: true, response: RegistryHealth },
  async () => registryHealth(VERSION),
);
