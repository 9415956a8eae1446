import { healthSnapshot } from "@/lib/web/health/monitor";
import { route } from "@/lib/web/http/route";
import { Dependencies, dependenciesOf } from "@/lib/web/http/shapes/droplet-endpoints";

export const GET = route(
  {
    summary: "Registry: what the built-in Registry needs, and whether it is there",
    public: true,
    response: Dependencies,
  },
  async () => ({ ...dependenciesOf((await healthSnapshot()).checks), optional: [] }),
);
