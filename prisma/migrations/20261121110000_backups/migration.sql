-- CreateTable
CREATE TABLE "backup" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "actor_name" TEXT NOT NULL,
    "storage" TEXT,
    "place" TEXT,
    "bytes" BIGINT,
    "sha256" TEXT,
    "contents" JSONB,
    "proof" JSONB,
    "problem" JSONB,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "backup_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "backup_name_key" ON "backup"("name");
