import * as z from "zod";
import { ImageRegistryChange, ImageRegistryView } from "@/lib/contracts/image-registry";
import { changeImageRegistry } from "@/lib/sources/change-image-registry";
import { removeImageRegistry } from "@/lib/sources/remove-image-registry";
import { route } from "@/lib/web/http/route";

const params = z.object({ registryId: z.uuid() });

export const PATCH = route(
  {
    summary: "Change how an image registry is signed in to",
    description: "What is absent stays. The next pull uses it.",
    permission: "image-registry:write",
    params,
    body: ImageRegistryChange,
    response: ImageRegistryView,
  },
  async ({ actor, params: { registryId }, body }) => changeImageRegistry(registryId, body, actor),
);

export const DELETE = route(
  {
    summary: "Sign out of an image registry",
    description: "Its password is forgotten; images that anybody may pull still are.",
    permission: "image-registry:write",
    params,
  },
  async ({ actor, params: { registryId } }) => removeImageRegistry(registryId, actor),
);
