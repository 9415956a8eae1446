-- AlterTable: of services there are, volumes are called as they were.
ALTER TABLE "service" ADD COLUMN     "volume_scope" TEXT;
