import { v7 as uuidv7 } from "uuid";
import { authorize } from "@/lib/contracts/authorize";
import { imageHostOf } from "@/lib/contracts/image-reference";
import type { ImageRegistryChange, ImageRegistryView, NewImageRegistry } from "@/lib/contracts/image-registry";
import { Problem } from "@/lib/contracts/problem";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { db, type Prisma, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { type Place, seal, unseal } from "@/lib/platform/secrets/seal";
import { Secret } from "@/lib/platform/secrets/secret";

/** The credentials for private images, one set for each registry. Passwords are stored encrypted and never returned. */

/** All of them, by host. There are few, so there are no pages. */
export async function listImageRegistries(): Promise<ImageRegistryView[]> {
  const rows = await db.imageRegistry.findMany({ orderBy: { host: "asc" } });
  return rows.map(toView);
}

/** The credentials stored for a registry; null when there are none. */
export async function findImageCredentials(host: string): Promise<{ username: string; password: Secret } | null> {
  const row = await db.imageRegistry.findUnique({ where: { host: imageHostOf(host) } });
  return row && { username: row.username, password: unseal<Secret>(row.sealedPassword, passwordPlace(row.id)) };
}

/** A second set of credentials for the same host is refused with `name-taken`. */
export function createImageRegistry(
  { host, username, password }: NewImageRegistry,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<ImageRegistryView> {
  authorize(actor, "image-registry:write");
  return transaction(async (tx) => {
    const { subjectId } = await once(tx, actor, options, async () => {
      const id = uuidv7();
      const data = { id, host, username, sealedPassword: seal(new Secret(password), passwordPlace(id)) };
      const [created] = await tx.imageRegistry.createManyAndReturn({ data, skipDuplicates: true });
      if (!created) throw hostTaken(host);
      await audit(tx, actor, "image-registry.create", { type: "image-registry", id, name: host }, { username });
      return { subjectId: id };
    });
    return toView(await tx.imageRegistry.findUniqueOrThrow({ where: { id: subjectId } }));
  });
}

/** A field that is absent stays as it is. The next pull uses the change. */
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
    return toView(after);
  });
}

/** Later pulls from the registry are anonymous. Images that were pulled before keep running. */
export function removeImageRegistry(id: string, actor: Actor): Promise<void> {
  authorize(actor, "image-registry:write");
  return transaction(async (tx) => {
    const found = await tx.imageRegistry.findUnique({ where: { id } });
    if (!found) throw new Problem("not-found");
    await tx.imageRegistry.delete({ where: { id } });
    const subject = { type: "image-registry", id, name: found.host };
    await audit(tx, actor, "image-registry.remove", subject, { username: found.username });
  });
}

/** Where an encrypted password is stored: it can be decrypted for no other row. */
export function passwordPlace(id: string): Place {
  return { table: "image_registry", column: "sealed_password", id };
}

function hostTaken(host: string): Problem {
  const fields = [{ path: ["host"], code: "name-taken", message: "name-taken" }];
  return new Problem("name-taken", { params: { name: host }, fields });
}

function toView(row: Prisma.ImageRegistryGetPayload<object>): ImageRegistryView {
  const { id, host, username, createdAt, updatedAt } = row;
  return { id, host, username, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
