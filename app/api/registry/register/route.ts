import { type Droplet, RegisterBody } from "@/lib/contracts/registration";
import { route } from "@/lib/http/route";
import { REGISTRY_STATUSES, RegisteredAnswer, registeredAnswer } from "@/lib/http/shapes/registry";
import { registerDroplet } from "@/lib/registrations/droplets";

export const POST = route(
  {
    summary: "Registry: register, in the older form",
    description: "`url` or `endpoint`. A name that is registered is 409.",
    permission: "registry:write",
    body: RegisterBody,
    response: RegisteredAnswer,
    problems: ["name-taken"],
    statuses: REGISTRY_STATUSES,
  },
  async ({ actor, body: { url, endpoint, version, ...droplet } }) => {
    const metadata: Droplet["metadata"] = version == null ? {} : { version };
    return registeredAnswer(await registerDroplet({ ...droplet, endpoint: endpoint ?? url ?? "", metadata }, actor));
  },
);
