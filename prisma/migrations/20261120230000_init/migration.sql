-- CreateTable
CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT,
    "locale" TEXT,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "disabled_at" TIMESTAMPTZ(3),
    "last_sign_in_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "provider_account_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "target" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "sealed_secrets" TEXT,
    "host_key" TEXT,
    "concurrency" INTEGER NOT NULL DEFAULT 4,
    "read_only" BOOLEAN NOT NULL DEFAULT false,
    "disabled_at" TIMESTAMPTZ(3),
    "last_check" JSONB,
    "last_check_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "target_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "service" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "owner_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "driver" TEXT NOT NULL,
    "template_id" UUID,
    "source" JSONB NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "port" INTEGER NOT NULL,
    "health_path" TEXT NOT NULL DEFAULT '/health',
    "health" JSONB NOT NULL DEFAULT '{}',
    "domain" TEXT,
    "volumes" JSONB NOT NULL DEFAULT '[]',
    "droplet_id" INTEGER,
    "auto_register" BOOLEAN NOT NULL DEFAULT true,
    "environment_revision_id" UUID,
    "current_release_id" UUID,
    "deleted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "service_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment_revision" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "sealed" TEXT NOT NULL,
    "names" TEXT[],
    "history" JSONB NOT NULL DEFAULT '{}',
    "created_by_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_revision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stack_template" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "image" TEXT NOT NULL,
    "tag" TEXT NOT NULL DEFAULT 'latest',
    "port" INTEGER NOT NULL,
    "volumes" JSONB NOT NULL DEFAULT '[]',
    "domain_suffix" TEXT,
    "sealed_environment" TEXT,
    "environment_names" TEXT[],
    "health_path" TEXT NOT NULL DEFAULT '/health',
    "limits" JSONB NOT NULL DEFAULT '{}',
    "read_only" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stack_template_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployment" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "driver" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "trigger" TEXT NOT NULL,
    "requested_by_id" UUID,
    "fencing" INTEGER NOT NULL DEFAULT 0,
    "last_event" INTEGER NOT NULL DEFAULT 0,
    "log_lines" INTEGER NOT NULL DEFAULT 0,
    "queued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "duration_ms" INTEGER,
    "problem" JSONB,
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "url" TEXT,
    "release_id" UUID,
    "previous_release_id" UUID,
    "artifact" JSONB,
    "probes" JSONB,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "cancel_requested_by_id" UUID,
    "worker_id" TEXT,

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "phase" (
    "deployment_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "duration_ms" INTEGER,
    "detail" TEXT,
    "receipt" JSONB,
    "problem" JSONB,
    "undone_at" TIMESTAMPTZ(3),
    "undo_duration_ms" INTEGER,
    "undo_problem" JSONB,

    CONSTRAINT "phase_pkey" PRIMARY KEY ("deployment_id","position")
);

-- CreateTable
CREATE TABLE "log_chunk" (
    "deployment_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "phase" TEXT,
    "first_line" INTEGER NOT NULL,
    "line_count" INTEGER NOT NULL,
    "lines" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_chunk_pkey" PRIMARY KEY ("deployment_id","number")
);

-- CreateTable
CREATE TABLE "event" (
    "deployment_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("deployment_id","number")
);

-- CreateTable
CREATE TABLE "release" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "driver" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "deployment_id" UUID NOT NULL,
    "artifact" JSONB NOT NULL,
    "environment_revision_id" UUID,
    "spec" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_served_at" TIMESTAMPTZ(3),
    "pruned_at" TIMESTAMPTZ(3),
    "pruned_reason" TEXT,

    CONSTRAINT "release_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resource" (
    "id" UUID NOT NULL,
    "target_id" UUID NOT NULL,
    "service_id" UUID,
    "deployment_id" UUID,
    "kind" TEXT NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "resource_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "registration" (
    "id" UUID NOT NULL,
    "registry" TEXT NOT NULL DEFAULT 'builtin',
    "droplet_id" INTEGER,
    "name" TEXT NOT NULL,
    "service_id" UUID,
    "steward" TEXT,
    "endpoint" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "proof" TEXT,
    "cost_usd" DOUBLE PRECISION,
    "yield_usd" DOUBLE PRECISION,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "response" JSONB,
    "registered_at" TIMESTAMPTZ(3),
    "last_announced_at" TIMESTAMPTZ(3),
    "pending_since" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "problem" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "registration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" UUID,
    "actor_name" TEXT NOT NULL,
    "token_id" UUID,
    "action" TEXT NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" TEXT,
    "subject_name" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',
    "ip" TEXT,
    "request_id" TEXT,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "user_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "subject_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("user_id","key")
);

-- CreateTable
CREATE TABLE "process" (
    "id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_email_key" ON "user"("email");

-- CreateIndex
CREATE INDEX "account_user_id_idx" ON "account"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "account_provider_provider_account_id_key" ON "account"("provider", "provider_account_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_hash_key" ON "api_token"("hash");

-- CreateIndex
CREATE INDEX "api_token_user_id_created_at_idx" ON "api_token"("user_id", "created_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "target_name_key" ON "target"("name");

-- CreateIndex
CREATE UNIQUE INDEX "service_environment_revision_id_key" ON "service"("environment_revision_id");

-- CreateIndex
CREATE UNIQUE INDEX "service_current_release_id_key" ON "service"("current_release_id");

-- CreateIndex
CREATE INDEX "service_name_created_at_idx" ON "service"("name", "created_at" DESC);

-- CreateIndex
CREATE INDEX "service_owner_id_idx" ON "service"("owner_id");

-- CreateIndex
CREATE INDEX "service_target_id_idx" ON "service"("target_id");

-- CreateIndex
CREATE UNIQUE INDEX "environment_revision_service_id_number_key" ON "environment_revision"("service_id", "number");

-- CreateIndex
CREATE UNIQUE INDEX "stack_template_name_key" ON "stack_template"("name");

-- CreateIndex
CREATE INDEX "deployment_service_id_id_idx" ON "deployment"("service_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_state_id_idx" ON "deployment"("state", "id");

-- CreateIndex
CREATE INDEX "deployment_kind_id_idx" ON "deployment"("kind", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_queued_at_idx" ON "deployment"("queued_at");

-- CreateIndex
CREATE INDEX "deployment_target_id_id_idx" ON "deployment"("target_id", "id" DESC);

-- CreateIndex
CREATE INDEX "deployment_requested_by_id_id_idx" ON "deployment"("requested_by_id", "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "deployment_service_id_number_key" ON "deployment"("service_id", "number");

-- CreateIndex
CREATE INDEX "log_chunk_deployment_id_first_line_idx" ON "log_chunk"("deployment_id", "first_line");

-- CreateIndex
CREATE INDEX "log_chunk_at_idx" ON "log_chunk"("at");

-- CreateIndex
CREATE INDEX "release_target_id_idx" ON "release"("target_id");

-- CreateIndex
CREATE UNIQUE INDEX "release_service_id_number_key" ON "release"("service_id", "number");

-- CreateIndex
CREATE INDEX "resource_service_id_idx" ON "resource"("service_id");

-- CreateIndex
CREATE UNIQUE INDEX "resource_target_id_kind_external_id_key" ON "resource"("target_id", "kind", "external_id");

-- CreateIndex
CREATE INDEX "registration_service_id_idx" ON "registration"("service_id");

-- CreateIndex
CREATE UNIQUE INDEX "registration_registry_name_key" ON "registration"("registry", "name");

-- CreateIndex
CREATE UNIQUE INDEX "registration_registry_droplet_id_key" ON "registration"("registry", "droplet_id");

-- CreateIndex
CREATE INDEX "audit_event_subject_type_subject_id_id_idx" ON "audit_event"("subject_type", "subject_id", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_actor_id_id_idx" ON "audit_event"("actor_id", "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_action_id_idx" ON "audit_event"("action", "id" DESC);

-- CreateIndex
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");

-- CreateIndex
CREATE INDEX "process_role_seen_at_idx" ON "process"("role", "seen_at");

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "stack_template"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_environment_revision_id_fkey" FOREIGN KEY ("environment_revision_id") REFERENCES "environment_revision"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "service" ADD CONSTRAINT "service_current_release_id_fkey" FOREIGN KEY ("current_release_id") REFERENCES "release"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment_revision" ADD CONSTRAINT "environment_revision_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_requested_by_id_fkey" FOREIGN KEY ("requested_by_id") REFERENCES "user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "phase" ADD CONSTRAINT "phase_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_chunk" ADD CONSTRAINT "log_chunk_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event" ADD CONSTRAINT "event_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "release" ADD CONSTRAINT "release_environment_revision_id_fkey" FOREIGN KEY ("environment_revision_id") REFERENCES "environment_revision"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource" ADD CONSTRAINT "resource_target_id_fkey" FOREIGN KEY ("target_id") REFERENCES "target"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource" ADD CONSTRAINT "resource_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "resource" ADD CONSTRAINT "resource_deployment_id_fkey" FOREIGN KEY ("deployment_id") REFERENCES "deployment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "registration" ADD CONSTRAINT "registration_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- What the schema file cannot say, by hand from here on.

-- A name is free again once its service is removed; the row stays for the history.
CREATE UNIQUE INDEX "service_name_live_key" ON "service"("name") WHERE "deleted_at" IS NULL;

-- The audit trail only grows, whoever asks: an application that is broken or broken into cannot rewrite it.
CREATE FUNCTION "audit_event_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "audit_event_append_only"
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_event_refuse_change"();
