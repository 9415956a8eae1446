-- A phase ends with its deployment: those that an unforeseen error had left running in an ended one.
UPDATE "phase" p
SET "status" = 'failed',
    "finished_at" = coalesce(p."finished_at", d."finished_at"),
    "problem" = coalesce(p."problem", d."problem", '{"code": "internal", "params": {}}'::jsonb)
FROM "deployment" d
WHERE d."id" = p."deployment_id" AND p."status" = 'running' AND d."state" IN ('succeeded', 'failed', 'cancelled', 'stuck');
