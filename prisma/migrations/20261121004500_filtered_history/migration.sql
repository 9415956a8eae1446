-- CreateIndex
CREATE INDEX "deployment_service_id_state_id_idx" ON "deployment"("service_id", "state", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_service_id_kind_id_idx" ON "deployment"("service_id", "kind", "id" DESC);
