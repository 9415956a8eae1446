-- From now on a member's service takes a port below 1024 only where its target grants that port. Those that members' services
-- have already are granted.
UPDATE "target" AS t SET "grants" = t."grants" || jsonb_build_object('ports', used."ports")
FROM (
  SELECT s."target_id", jsonb_agg(DISTINCT s."port") AS "ports"
  FROM "service" AS s
  JOIN "user" AS u ON u."id" = s."owner_id" AND u."role" <> 'admin'
  WHERE s."deleted_at" IS NULL AND s."driver" <> 'dokploy' AND s."port" < 1024
  GROUP BY s."target_id"
) AS used
WHERE t."id" = used."target_id";
