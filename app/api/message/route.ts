import { route } from "@/lib/web/http/route";
import { MessageReceived, messageReceived, ServiceMessage } from "@/lib/web/http/shapes/droplet-endpoints";

export const POST = route(
  {
    summary: "Receive a message of another service",
    description: "Also at `/message`. Answers that it came, and does nothing else with it.",
    public: true,
    rateLimit: "check",
    body: ServiceMessage,
    response: MessageReceived,
  },
  async ({ body }) => messageReceived(body),
);
