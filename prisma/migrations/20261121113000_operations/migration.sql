-- AlterTable
ALTER TABLE "process" ADD COLUMN     "secret_keys" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "duration_tally" (
    "subject" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "driver" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "bucket" INTEGER NOT NULL,
    "count" BIGINT NOT NULL,
    "total_ms" BIGINT NOT NULL,

    CONSTRAINT "duration_tally_pkey" PRIMARY KEY ("subject","kind","driver","outcome","bucket")
);

-- AlterTable: what has ended is counted below, once; a constant default rewrites no row of a long history.
ALTER TABLE "deployment" ADD COLUMN     "tallied" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "deployment" ALTER COLUMN "tallied" SET DEFAULT false;
UPDATE "deployment" SET "tallied" = false WHERE "state" IN ('queued', 'running', 'undoing');

-- CreateIndex: what the tally looks for is always little (Prisma knows no partial index)
CREATE INDEX "deployment_untallied_idx" ON "deployment"("id") WHERE NOT "tallied";

-- As lib/deployments/tally-durations.ts counts from now on.
INSERT INTO "duration_tally" ("subject", "kind", "driver", "outcome", "bucket", "count", "total_ms")
SELECT d.subject, d.kind, d.driver, d.outcome,
       width_bucket(d.ms - 1, ARRAY[100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000, 300000, 600000]), count(*), sum(d.ms)
FROM (
  SELECT 'deployment' AS subject, "kind", "driver", "state" AS outcome, coalesce("duration_ms", 0) AS ms
  FROM "deployment" WHERE "tallied"
  UNION ALL
  SELECT p."key", d."kind", d."driver", p."status", p."duration_ms"
  FROM "phase" p JOIN "deployment" d ON d."id" = p."deployment_id"
  WHERE d."tallied" AND p."duration_ms" IS NOT NULL AND p."status" IN ('succeeded', 'failed', 'undone')
) AS d
GROUP BY 1, 2, 3, 4, 5;
