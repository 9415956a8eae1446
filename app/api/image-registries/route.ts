import * as z from "zod";
import { ImageRegistryView, NewImageRegistry } from "@/lib/contracts/image-registry";
import { createImageRegistry, listImageRegistries } from "@/lib/sources/image/image-registries";
import { answer } from "@/lib/web/http/definition";
import { route } from "@/lib/web/http/route";

export const GET = route(
  {
    summary: "List the image registries with stored credentials",
    description: "Passwords are never returned.",
    permission: "image-registry:read",
    response: z.object({ items: z.array(ImageRegistryView) }),
  },
  async () => ({ items: await listImageRegistries() }),
);

export const POST = route(
  {
    summary: "Store the credentials for an image registry",
    description:
      "Stored encrypted and used for every image that is pulled from the host. They are not tested against the registry.",
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
