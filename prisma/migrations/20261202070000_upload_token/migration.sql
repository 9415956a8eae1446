-- The token that uploaded an archive: a token with a scope uses no other upload.

-- AlterTable
ALTER TABLE "upload" ADD COLUMN "token_id" UUID;
