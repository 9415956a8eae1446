import { healthSnapshot } from "@/lib/health/monitor";
import { route } from "@/lib/http/route";
import { Dependencies, dependenciesOf } from "@/lib/http/shapes/droplet-endpoints";

export const GET = route(
  {
    summary: "What Landfall needs, and whether it is there",
    description: "Also at `/dependencies`.",
    public: true,
    response: Dependencies,
  },
  async () => dependenciesOf((await healthSnapshot()).checks),
);
