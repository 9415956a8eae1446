import { authorize } from "@/lib/contracts/authorize";
import { Problem } from "@/lib/contracts/problem";
import { callerOf } from "@/lib/web/auth/current-user";
import { route } from "@/lib/web/http/route";
import { hasMetricsToken } from "@/lib/web/metrics/metrics-token";

export const GET = route(
  {
    summary: "Measurements for Prometheus",
    description:
      "Needs METRICS_TOKEN as the bearer token, or a session or token of an administrator or viewer. docs/monitoring.md says what each metric is.",
    public: true,
    contentType: "text/plain",
    problems: ["unauthenticated", "forbidden"],
  },
  async ({ request }) => {
    if (!hasMetricsToken(request.headers)) await requireReader(request);
    // Most processes never serve this route; one that does, serves it repeatedly.
    const { CONTENT_TYPE, metricsText } = await import("@/lib/web/metrics/metrics-text");
    return new Response(await metricsText(), { headers: { "content-type": CONTENT_TYPE } });
  },
);

async function requireReader(request: Request): Promise<void> {
  const caller = await callerOf(request);
  if (!caller) throw new Problem("unauthenticated");
  authorize(caller.actor, "metrics:read");
}
