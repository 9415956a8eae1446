-- Whether each variable of a revision is a secret. One of an older version has none: all its values are masked.

-- AlterTable
ALTER TABLE "environment_revision" ADD COLUMN "marks" JSONB NOT NULL DEFAULT '{}';
