-- What the repository of a service is read with: a deploy key, a token for HTTPS, and the host key of its SSH server.

-- CreateTable
CREATE TABLE "git_access" (
    "id" UUID NOT NULL,
    "service_id" UUID NOT NULL,
    "public_key" TEXT,
    "sealed_key" TEXT,
    "token_server" TEXT,
    "token_user" TEXT,
    "sealed_token" TEXT,
    "host_key_server" TEXT,
    "host_key" TEXT,
    "host_key_confirmed_by_id" UUID,
    "host_key_confirmed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "git_access_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "git_access_service_id_key" ON "git_access"("service_id");

-- AddForeignKey
ALTER TABLE "git_access" ADD CONSTRAINT "git_access_service_id_fkey" FOREIGN KEY ("service_id") REFERENCES "service"("id") ON DELETE CASCADE ON UPDATE CASCADE;
