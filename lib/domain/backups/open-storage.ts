import { type Env, env } from "@/lib/platform/env";
import { type BackupStorage, backupFolder, storageFailed } from "./storage";

/** The storage in the settings. */
export async function backupStorage(): Promise<BackupStorage> {
  if (env.BACKUP_S3_ENDPOINT === undefined) return (await import("./folder-storage")).folderStorage(backupFolder());
  return (await import("./s3-storage")).s3Storage({
    endpoint: env.BACKUP_S3_ENDPOINT,
    bucket: needed("BACKUP_S3_BUCKET"),
    region: env.BACKUP_S3_REGION,
    prefix: env.BACKUP_S3_PREFIX,
    accessKeyId: needed("BACKUP_S3_ACCESS_KEY_ID"),
    secretAccessKey: needed("BACKUP_S3_SECRET_ACCESS_KEY").reveal(),
  });
}

function needed<Name extends "BACKUP_S3_BUCKET" | "BACKUP_S3_ACCESS_KEY_ID" | "BACKUP_S3_SECRET_ACCESS_KEY">(
  name: Name,
): NonNullable<Env[Name]> {
  const { [name]: value } = env;
  if (value === undefined) throw storageFailed(`${name} is not set, and BACKUP_S3_ENDPOINT is`);
  return value as NonNullable<Env[Name]>;
}
