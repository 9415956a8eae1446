-- Paths that are stored already count as chosen, because a path that was chosen is never replaced.
ALTER TABLE "service" ADD COLUMN "health_path_chosen" BOOLEAN NOT NULL DEFAULT true;
