import { healthSnapshot } from "@/lib/health/monitor";
import { route } from "@/lib/http/route";
import { Dependencies, dependenciesOf } from "@/lib/http/shapes/droplet-endpoints";

export const GET = route(
  {
    summary: "Registry: what the built-in Registry needs, and whether it is there",
    public: true,
    response: Dependencies,
  },
  async () => ({ ...dependenciesOf((await healthSnapshot()).checks), optional: [] }),
);
