import { route } from "@/lib/http/route";
import { ServiceState, serviceState } from "@/lib/http/shapes/droplet-endpoints";

export const GET = route(
  { summary: "Registry: how busy the built-in Registry is", public: true, response: ServiceState },
  async () => serviceState(({ route }) => route.startsWith("/api/registry/")),
);
