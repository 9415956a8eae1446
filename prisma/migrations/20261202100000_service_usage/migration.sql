-- CPU time, memory and restarts of services, for a day.

-- CreateTable
CREATE TABLE "usage_look" (
    "target_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "reading" JSONB,

    CONSTRAINT "usage_look_pkey" PRIMARY KEY ("target_id")
);

-- CreateTable
CREATE TABLE "service_usage" (
    "service_id" UUID NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "cpu_millis" INTEGER[],
    "memory_bytes" BIGINT[],
    "restarts" INTEGER[],

    CONSTRAINT "service_usage_pkey" PRIMARY KEY ("service_id","hour")
);

-- AddForeignKey
ALTER TABLE "usage_look" ADD CONSTRAINT "usage_look_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service_usage" ADD CONSTRAINT "service_usage_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A row is written once a minute. In pages that are half full the new version fits beside the old one, so the index is left alone.
ALTER TABLE "service_usage" SET (fillfactor = 50);
