import * as z from "zod";
import { ImageRegistryView, NewImageRegistry } from "@/lib/contracts/image-registry";
import { createImageRegistry } from "@/lib/sources/create-image-registry";
import { listImageRegistries } from "@/lib/sources/image-registry-store";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List the image registries that are signed in to",
    description: "Never with a password.",
    permission: "image-registry:read",
    response: z.object({ items: z.array(ImageRegistryView) }),
  },
  async () => ({ items: await listImageRegistries() }),
);

export const POST = route(
  {
    summary: "Sign in to an image registry",
    description:
      "Kept sealed and used for every image that is pulled from the host; the registry itself is not asked now.",
    permission: "image-registry:write",
    idempotent: true,
    body: NewImageRegistry,
    response: ImageRegistryView,
    status: 201,
    problems: ["name-taken"],
  },
  async ({ actor, body, idempotency }) => {
    const registry = await createImageRegistry(body, actor, idempotency);
    return answer(registry, { headers: { location: `/api/image-registries/${registry.id}` } });
  },
);
