import { healthSnapshot } from "@/lib/web/health/monitor";
import { route } from "@/lib/web/http/route";
import { Dependencies, dependenciesOf } from "@/lib/web/http/shapes/droplet-endpoints";

export const GET = route(
  {
    summary: "What Landfall needs, and whether it is there",
    description: "Also at `/dependencies`.",
    public: true,
    response: Dependencies,
  },
  async () => dependenciesOf((await healthSnapshot()).checks),
);
