import { route } from "@/lib/web/http/route";
import { ServiceState, serviceState } from "@/lib/web/http/shapes/droplet-endpoints";

export const GET = route(
  { summary: "Registry: how busy the built-in Registry is", public: true, response: ServiceState },
  async () => serviceState(({ route }) => route.startsWith("/api/registry/")),
);
