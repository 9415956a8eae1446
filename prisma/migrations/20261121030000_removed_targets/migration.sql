-- DropIndex
DROP INDEX "target_name_key";

-- AlterTable
ALTER TABLE "target" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);

-- A name is free again once its target is removed; the row stays for the history.
CREATE UNIQUE INDEX "target_name_live_key" ON "target"("name") WHERE "deleted_at" IS NULL;
