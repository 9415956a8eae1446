import { imageHostOf } from "@/lib/contracts/image-reference";
import type { ImageRegistryView } from "@/lib/contracts/image-registry";
import { db, type Prisma } from "@/lib/platform/db/client";
import { type Place, unseal } from "@/lib/platform/secrets/seal";
import type { Secret } from "@/lib/platform/secrets/secret";

/** By name; there are few, so all at once. Never with a password. */
export async function listImageRegistries(): Promise<ImageRegistryView[]> {
  const rows = await db.imageRegistry.findMany({ orderBy: { host: "asc" } });
  return rows.map(toImageRegistryView);
}

export function passwordPlace(id: string): Place {
  return { table: "image_registry", column: "sealed_password", id };
}

/** What a registry is signed in to with; null when nothing is kept for it. */
export async function findImageCredentials(host: string): Promise<{ username: string; password: Secret } | null> {
  const row = await db.imageRegistry.findUnique({ where: { host: imageHostOf(host) } });
  return row && { username: row.username, password: unseal<Secret>(row.sealedPassword, passwordPlace(row.id)) };
}

export function toImageRegistryView(row: Prisma.ImageRegistryGetPayload<object>): ImageRegistryView {
  const { id, host, username, createdAt, updatedAt } = row;
  return { id, host, username, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
