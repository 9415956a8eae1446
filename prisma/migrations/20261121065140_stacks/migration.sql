-- AlterTable
ALTER TABLE "target" ADD COLUMN     "circuit_open_until" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "stack_template" DROP COLUMN "tag",
ADD COLUMN     "description" TEXT,
ADD COLUMN     "https" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "target_id" UUID,
ALTER COLUMN "domain_suffix" SET NOT NULL;

-- AddForeignKey
ALTER TABLE "stack_template" ADD CONSTRAINT "stack_template_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE SET NULL ON UPDATE CASCADE;
