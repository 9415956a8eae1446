-- The answers of live releases on their health paths, and how long each service was healthy.

-- CreateTable
CREATE TABLE "service_health" (
    "service_id" UUID NOT NULL,
    "release_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "bad_answers" INTEGER NOT NULL DEFAULT 0,
    "is_reported" BOOLEAN NOT NULL DEFAULT false,
    "answer" JSONB,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_health_pkey" PRIMARY KEY ("service_id")
);

-- CreateTable
CREATE TABLE "health_span" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "health_span_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "health_span_service_id_started_at_idx" ON "health_span"("service_id", "started_at" DESC);

-- AddForeignKey
ALTER TABLE "service_health" ADD CONSTRAINT "service_health_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "health_span" ADD CONSTRAINT "health_span_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
