-- AlterTable
ALTER TABLE "target" ADD COLUMN     "grants" JSONB NOT NULL DEFAULT '{}';

-- From now on only administrators deploy to a target unless it says otherwise. Members who have services on one stay, by
-- name, with what those services use. The host's network and root are not granted: an administrator decides on those.
UPDATE "target" AS t SET "grants" = used."grants"
FROM (
  SELECT s."target_id", jsonb_build_object(
    'audience', 'people',
    'people', jsonb_agg(DISTINCT s."owner_id"),
    'networks', coalesce(jsonb_agg(DISTINCT s."settings"->>'network') FILTER (
      WHERE s."driver" = 'docker' AND s."settings"->>'network' NOT IN ('', 'host', 'none')), '[]'),
    'users', coalesce(jsonb_agg(DISTINCT s."settings"->>'user') FILTER (
      WHERE s."driver" <> 'docker' AND s."settings"->>'user' NOT IN ('', 'root')), '[]'),
    'registries', coalesce(jsonb_agg(DISTINCT r."host") FILTER (WHERE r."host" IS NOT NULL), '[]'),
    'sourceRoots', coalesce(jsonb_agg(DISTINCT s."source"->>'path') FILTER (WHERE s."source"->>'kind' = 'folder'), '[]')
  ) AS "grants"
  FROM "service" AS s
  JOIN "user" AS u ON u."id" = s."owner_id" AND u."role" <> 'admin'
  -- An image's name begins with its registry when the first part looks like a host; else it is Docker Hub's.
  LEFT JOIN "image_registry" AS r ON s."template_id" IS NULL AND s."source"->>'kind' = 'image'
    AND r."host" = coalesce(substring(s."source"->>'image' FROM '^([^/]*[.:][^/]*|localhost)/'), 'docker.io')
  WHERE s."deleted_at" IS NULL
  GROUP BY s."target_id"
) AS used
WHERE t."id" = used."target_id";
