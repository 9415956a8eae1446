import { ownedBy } from "@/lib/contracts/authorize";
import { NewDroplet } from "@/lib/contracts/registration";
import { registerDroplet } from "@/lib/registry/built-in-registry";
import { listDroplets } from "@/lib/registry/droplet-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";
import { DropletAnswer, DropletsAnswer, dropletAnswer, REGISTRY_STATUSES } from "@/lib/web/http/shapes/registry";

export const GET = route(
  {
    summary: "Registry: every droplet",
    description: "A member sees those of their own services.",
    permission: "registry:read",
    response: DropletsAnswer,
  },
  async ({ actor }) => {
    const droplets = await listDroplets(ownedBy(actor, "registry:read"));
    return { droplets, total: droplets.length, timestamp: new Date().toISOString() };
  },
);

export const POST = route(
  {
    summary: "Registry: register a droplet",
    description: "Not idempotent, by contract: a name that is registered is 409. Without an id, the next one is given.",
    permission: "registry:write",
    body: NewDroplet,
    response: DropletAnswer,
    status: 201,
    problems: ["name-taken"],
    statuses: REGISTRY_STATUSES,
  },
  async ({ actor, body }) => {
    const droplet = await registerDroplet(body, actor);
    return answer(dropletAnswer(droplet), {
      status: 201,
      headers: { location: `/api/registry/droplets/${droplet.id}` },
    });
  },
);
