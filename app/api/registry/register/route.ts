import { type Droplet, RegisterBody } from "@/lib/contracts/registration";
import { registerDroplet } from "@/lib/registry/built-in-registry";
import { route } from "@/lib/web/http/route";
import { REGISTRY_STATUSES, RegisteredAnswer, registeredAnswer } from "@/lib/web/http/shapes/registry";

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
