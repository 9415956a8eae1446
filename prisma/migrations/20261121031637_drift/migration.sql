-- CreateTable
CREATE TABLE "drift_check" (
    "target_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "held_by" TEXT,
    "held_until" TIMESTAMPTZ(3),
    "requested_at" TIMESTAMPTZ(3),
    "checked_at" TIMESTAMPTZ(3),
    "problem" JSONB,

    CONSTRAINT "drift_check_pkey" PRIMARY KEY ("target_id")
);

-- CreateTable
CREATE TABLE "service_check" (
    "service_id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "condition" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "differences" JSONB NOT NULL DEFAULT '[]',
    "exit_code" INTEGER,
    "restarts" INTEGER NOT NULL DEFAULT 0,
    "unsteady_looks" INTEGER NOT NULL DEFAULT 0,
    "last_output" TEXT[],
    "problem" JSONB,
    "restored" TEXT[],
    "restored_at" TIMESTAMPTZ(3),
    "tries" INTEGER NOT NULL DEFAULT 0,
    "tried_at" TIMESTAMPTZ(3),
    "registry_at" TIMESTAMPTZ(3),
    "restoring_by" TEXT,

    CONSTRAINT "service_check_pkey" PRIMARY KEY ("service_id")
);

-- AddForeignKey
ALTER TABLE "drift_check" ADD CONSTRAINT "drift_check_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_check" ADD CONSTRAINT "service_check_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

