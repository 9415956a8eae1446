import { authorize } from "@/lib/contracts/authorize";
import type { ImageRegistryChange, ImageRegistryView } from "@/lib/contracts/image-registry";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { seal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { passwordPlace, toImageRegistryView } from "./image-registry-store";

/** A field that is absent stays as it is. The next deployment signs in with it. */
export function changeImageRegistry(
  id: string,
  { username, password }: ImageRegistryChange,
  actor: Actor,
): Promise<ImageRegistryView> {
  authorize(actor, "image-registry:write");
  return transaction(async (tx) => {
    const before = await tx.imageRegistry.findUnique({ where: { id } });
    if (!before) throw new Problem("not-found");
    const sealedPassword = password === undefined ? undefined : seal(new Secret(password), passwordPlace(id));
    const after = await tx.imageRegistry.update({ where: { id }, data: { username, sealedPassword } });
    const details = { username: after.username, passwordChanged: password !== undefined };
    await audit(tx, actor, "image-registry.change", { type: "image-registry", id, name: after.host }, details);
    return toImageRegistryView(after);
  });
}
