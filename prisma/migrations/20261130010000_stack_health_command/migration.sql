-- How the swarm finds out that a stack's new container is ready. Older processes leave it alone.
ALTER TABLE "stack_template" ADD COLUMN "health_command" TEXT;
