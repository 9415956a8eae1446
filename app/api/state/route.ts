import { route } from "@/lib/web/http/route";
import { ServiceState, serviceState } from "@/lib/web/http/shapes/droplet-endpoints";

export const GET = route(
  {
    summary: "How busy this process is",
    description: "Also at `/state`. What every service of a Registry tells beside `/health`.",
    public: true,
    response: ServiceState,
  },
  async () => serviceState(),
);
