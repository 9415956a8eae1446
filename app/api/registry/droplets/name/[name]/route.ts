import * as z from "zod";
import { readDroplet } from "@/lib/registry/built-in-registry";
import { route } from "@/lib/web/http/route";
import { DropletAnswer, DropletName, dropletAnswer } from "@/lib/web/http/shapes/registry";

export const GET = route(
  {
    summary: "Registry: a droplet by its name",
    permission: "registry:read",
    params: z.object({ name: DropletName }),
    response: DropletAnswer,
  },
  async ({ actor, params: { name } }) => dropletAnswer(await readDroplet({ name }, actor)),
);
