import * as z from "zod";
import { route } from "@/lib/http/route";
import { DropletAnswer, DropletName, dropletAnswer } from "@/lib/http/shapes/registry";
import { readDroplet } from "@/lib/registrations/droplets";

export const GET = route(
  {
    summary: "Registry: a droplet by its name",
    permission: "registry:read",
    params: z.object({ name: DropletName }),
    response: DropletAnswer,
  },
  async ({ actor, params: { name } }) => dropletAnswer(await readDroplet({ name }, actor)),
);
