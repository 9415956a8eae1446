import * as z from "zod";
import { ImageRegistryChange, ImageRegistryView } from "@/lib/contracts/image-registry";
import { changeImageRegistry, removeImageRegistry } from "@/lib/sources/image/image-registries";
import { route } from "@/lib/web/http/route";

const params = z.object({ registryId: z.uuid() });

export const PATCH = route(
  {
    summary: "Change the credentials for an image registry",
    description: "A field that is absent stays as it is. The next pull uses the change.",
    permission: "image-registry:write",
    params,
    body: ImageRegistryChange,
    response: ImageRegistryView,
  },
  async ({ actor, params: { registryId }, body }) => changeImageRegistry(registryId, body, actor),
);

export const DELETE = route(
  {
    summary: "Delete the credentials for an image registry",
    description: "Public images can still be pulled.",
    permission: "image-registry:write",
    params,
  },
  async ({ actor, params: { registryId } }) => removeImageRegistry(registryId, actor),
);
