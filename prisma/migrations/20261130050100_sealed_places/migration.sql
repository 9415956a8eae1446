-- Sealed texts are bound to their places once every process reads that format (lib/secrets/seal.ts).

-- AlterTable
ALTER TABLE "process" ADD COLUMN "seal_format" INTEGER NOT NULL DEFAULT 2;

-- CreateTable
CREATE TABLE "sealing" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "bound_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sealing_pkey" PRIMARY KEY ("id")
);

-- An installation that is upgraded can go back to its older version for a day.
INSERT INTO "sealing" ("bound_from")
SELECT CASE WHEN EXISTS (SELECT 1 FROM "user") THEN now() + INTERVAL '1 day' ELSE now() END;
