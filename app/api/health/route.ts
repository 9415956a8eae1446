import { HealthReport } from "@/lib/contracts/health";
import { actorOf } from "@/lib/web/auth/current-user";
import { healthReport } from "@/lib/web/health/health-report";
import { healthSnapshot } from "@/lib/web/health/monitor";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

/** The answer must arrive in 100 ms even while the database hangs, and identifying the caller needs the database. */
const CALLER_PATIENCE_MS = 60;

export const GET = route(
  {
    summary: "Whether Landfall works",
    description: "200 when healthy or degraded, 503 when its database is away. Details only for whoever is signed in.",
    public: true,
    response: HealthReport,
  },
  async ({ request }) => {
    const [snapshot, signedIn] = await Promise.all([healthSnapshot(), isSignedIn(request)]);
    const report = healthReport(snapshot, signedIn);
    return answer(report, { status: report.status === "unhealthy" ? 503 : 200 });
  },
);

async function isSignedIn(request: Request): Promise<boolean> {
  const asked = actorOf(request).catch(() => null); // the database's absence is in the report itself
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), CALLER_PATIENCE_MS).unref());
  return (await Promise.race([asked, late])) !== null;
}
