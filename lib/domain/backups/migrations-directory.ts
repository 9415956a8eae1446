import { join } from "node:path";

/** Landfall's programs run in its own folder, in a clone as in the image. */
export function migrationsDirectory(): string {
  return join(process.cwd(), "prisma/migrations");
}
