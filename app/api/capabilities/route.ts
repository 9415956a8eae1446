import { Capabilities, capabilities } from "@/lib/web/health/capabilities";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "What this server can do",
    description: "For programs that decide how to deploy: methods, limits, versions.",
    public: true,
    response: Capabilities,
  },
  async () => capabilities(),
);
