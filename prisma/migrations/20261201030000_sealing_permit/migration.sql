-- Texts that are not bound to their place are read only while this permit holds, which only the key makes.

-- AlterTable
ALTER TABLE "sealing" ADD COLUMN "permit" TEXT;
