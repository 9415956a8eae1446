-- The run of a deployment's release command: a rollback warns of those whose changes to data stay.

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN "release_command" JSONB;

-- The few deployments that ran one, among all of a service.
CREATE INDEX "deployment_release_command_idx" ON "deployment"("service_id", "number") WHERE "release_command" IS NOT NULL;
