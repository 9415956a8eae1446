import { Problem } from "@/lib/contracts/problem";
import { route } from "@/lib/http/route";
import { mayReadMetrics } from "@/lib/metrics/may-read-metrics";

export const GET = route(
  {
    summary: "Measurements for Prometheus",
    description:
      "For whoever sends METRICS_TOKEN as bearer token; without that setting, for programs on this machine. docs/monitoring.md says what each metric is.",
    public: true,
    contentType: "text/plain",
    problems: ["unauthenticated", "forbidden"],
  },
  async ({ request }) => {
    if (!mayReadMetrics(request.headers))
      throw new Problem(request.headers.has("authorization") ? "forbidden" : "unauthenticated");
    // Seldom asked, and then by the same process again and again.
    const { CONTENT_TYPE, metricsText } = await import("@/lib/metrics/metrics-text");
    return new Response(await metricsText(), { headers: { "content-type": CONTENT_TYPE } });
  },
);
