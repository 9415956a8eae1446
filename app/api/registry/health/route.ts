import { VERSION } from "@/lib/platform/version";
import { route } from "@/lib/web/http/route";
import { RegistryHealth, registryHealth } from "@/lib/web/http/shapes/registry";

export const GET = route(
  { summary: "Registry: whether the built-in Registry answers", public: true, response: RegistryHealth },
  async () => registryHealth(VERSION),
);
