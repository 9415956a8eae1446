-- Certificates of which people were told that they end, each once.

-- CreateTable
CREATE TABLE "ending_certificate" (
    "fingerprint" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ending_certificate_pkey" PRIMARY KEY ("fingerprint", "domain")
);
