-- Hooks: the address that a Git server calls after a push, what it sent, and what the server was told of the commit.

-- AlterTable
ALTER TABLE "git_access" ADD COLUMN "statuses" TEXT NOT NULL DEFAULT 'auto';

-- CreateTable
CREATE TABLE "hook" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "sealed_secret" TEXT,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "paths" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_by_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hook_delivery" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "provider" TEXT,
    "delivery_id" TEXT,
    "event" TEXT NOT NULL DEFAULT '',
    "ref" TEXT NOT NULL DEFAULT '',
    "commit" JSONB,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "verdict" TEXT NOT NULL,
    "reason" TEXT,
    "params" JSONB NOT NULL DEFAULT '{}',
    "deployment_id" UUID,
    "push" JSONB,
    "redelivery_of_id" UUID,

    CONSTRAINT "hook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "commit_status" (
    "service_id" UUID NOT NULL,
    "deployment_id" UUID NOT NULL,
    "commit" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "refused_at" TIMESTAMPTZ(3),
    "detail" TEXT,

    CONSTRAINT "commit_status_pkey" PRIMARY KEY ("service_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "hook_service_id_key" ON "hook"("service_id");

-- CreateIndex
CREATE INDEX "hook_delivery_service_id_id_idx" ON "hook_delivery"("service_id", "id" DESC);

-- CreateIndex
CREATE INDEX "hook_delivery_deployment_id_idx" ON "hook_delivery"("deployment_id");

-- CreateIndex
CREATE INDEX "hook_delivery_redelivery_of_id_idx" ON "hook_delivery"("redelivery_of_id");

-- CreateIndex
CREATE INDEX "hook_delivery_received_at_idx" ON "hook_delivery"("received_at");

-- CreateIndex
CREATE UNIQUE INDEX "hook_delivery_service_id_delivery_id_key" ON "hook_delivery"("service_id", "delivery_id");

-- AddForeignKey
ALTER TABLE "hook" ADD CONSTRAINT "hook_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hook_delivery" ADD CONSTRAINT "hook_delivery_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hook_delivery" ADD CONSTRAINT "hook_delivery_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "hook_delivery" ADD CONSTRAINT "hook_delivery_redelivery_of_id_fkey" FOREIGN KEY ("redelivery_of_id") REFERENCES "hook_delivery"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commit_status" ADD CONSTRAINT "commit_status_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
