-- AlterTable
ALTER TABLE "phase" ADD COLUMN     "facts" JSONB;
