import * as z from "zod";
import { DropletChange } from "@/lib/contracts/registration";
import { changeDroplet, readDroplet, removeDroplet } from "@/lib/registry/built-in-registry";
import { route } from "@/lib/web/http/route";
import {
  DropletAnswer,
  DropletId,
  dropletAnswer,
  REGISTRY_STATUSES,
  RemovedAnswer,
  removedAnswer,
} from "@/lib/web/http/shapes/registry";

const params = z.object({ dropletId: DropletId });

export const GET = route(
  { summary: "Registry: a droplet by its id", permission: "registry:read", params, response: DropletAnswer },
  async ({ actor, params: { dropletId } }) => dropletAnswer(await readDroplet({ id: dropletId }, actor)),
);

export const PATCH = route(
  {
    summary: "Registry: change a droplet",
    permission: "registry:write",
    params,
    body: DropletChange,
    response: DropletAnswer,
    statuses: REGISTRY_STATUSES,
  },
  async ({ actor, params: { dropletId }, body }) => dropletAnswer(await changeDroplet(dropletId, body, actor)),
);

export const DELETE = route(
  { summary: "Registry: remove a droplet", permission: "registry:write", params, response: RemovedAnswer },
  async ({ actor, params: { dropletId } }) => removedAnswer(await removeDroplet(dropletId, actor)),
);
