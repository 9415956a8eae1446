import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import type { ImageRegistryView, NewImageRegistry } from "@/lib/contracts/image-registry";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { seal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";
import { passwordPlace, toImageRegistryView } from "./image-registry-store";

/** One sign-in for each registry: a second one for the same host is refused with `name-taken`. */
export function createImageRegistry(
  { host, username, password }: NewImageRegistry,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<ImageRegistryView> {
  authorize(actor, "image-registry:write");
  return transaction(async (tx) => {
    const { subjectId } = await once(tx, actor, options, async () => {
      const id = uuidv7();
      const sealed = { id, host, username, sealedPassword: seal(new Secret(password), passwordPlace(id)) };
      const [made] = await tx.imageRegistry.createManyAndReturn({ data: sealed, skipDuplicates: true });
      if (!made) throw taken(host);
      await audit(
        tx,
        actor,
        "image-registry.create",
        { type: "image-registry", id: made.id, name: host },
        { username },
      );
      return { subjectId: made.id };
    });
    return toImageRegistryView(await tx.imageRegistry.findUniqueOrThrow({ where: { id: subjectId } }));
  });
}

function taken(host: string): Problem {
  const fields = [{ path: ["host"], code: "name-taken", message: "name-taken" }];
  return new Problem("name-taken", { params: { name: host }, fields });
}
