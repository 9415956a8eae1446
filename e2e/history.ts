import pg from "pg";
import { freePort } from "@/lib/hosts/free-port";
import { databaseUrl } from "./console-under-test";
import { expectOk } from "./people";
import type { ServiceUnderTest } from "./service-under-test";

/**
 * What only time and other servers bring to a console: a month of health and a day of figures of the service, a channel that
 * does not answer, and pushes to another service, whose name is returned. They are written as rows.
 */
export async function aHistory({ name, request }: ServiceUnderTest): Promise<string> {
  const channel = { name: "On call #ops", settings: { kind: "webhook", url: "https://hooks.example.com/landfall" } };
  const { id } = await expectOk<{ id: string }>(request, "/api/notifications/channels", channel);
  const events = ["deployment-failed", "deployment-succeeded"];
  await expectOk(request, "/api/notifications/rules", { channel: id, events });

  const pushed = `${name}-git`;
  const source = { kind: "git", url: "https://git.example.com/acme/shop.git", ref: "main" };
  await expectOk(request, "/api/services", { name: pushed, port: await freePort(), driver: "process", source });

  const client = new pg.Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    for (const rows of [SPANS, FIGURES]) await client.query(rows, [name]);
    await client.query(DELIVERIES, [pushed]);
  } finally {
    await client.end();
  }
  return pushed;
}

/** Unhealthy for two hours of each fifth day. */
const SPANS = `
  INSERT INTO health_span (id, service_id, state, started_at, ended_at)
  SELECT gen_random_uuid(), s.id, part.state, now() - day * interval '1 day' + part.from_hour * interval '1 hour',
         now() - day * interval '1 day' + part.to_hour * interval '1 hour'
  FROM service s, generate_series(1, 29) day,
       (VALUES ('healthy', 0, 22), ('unhealthy', 22, 24)) part (state, from_hour, to_hour)
  WHERE s.name = $1 AND (part.state = 'healthy' OR day % 5 = 0)`;

const FIGURES = `
  INSERT INTO service_usage (service_id, hour, cpu_millis, memory_bytes, restarts)
  SELECT s.id, date_trunc('hour', now()) - hours * interval '1 hour',
         ARRAY(SELECT 40 + (minute * 13 + hours * 7) % 180 FROM generate_series(0, 59) minute),
         ARRAY(SELECT 90000000::bigint + minute * 200000 + hours * 1000000 FROM generate_series(0, 59) minute),
         ARRAY(SELECT CASE WHEN hours = 6 AND minute = 30 THEN 1 ELSE 0 END FROM generate_series(0, 59) minute)
  FROM service s, generate_series(1, 23) hours
  WHERE s.name = $1`;

/** One of each verdict, as a Git server's pushes left them. */
const DELIVERIES = `
  INSERT INTO hook_delivery (id, service_id, provider, event, ref, commit, received_at, verdict, reason)
  SELECT gen_random_uuid(), s.id, 'github', 'push', 'refs/heads/main', given.commit::jsonb,
         now() - given.age * interval '1 hour', given.verdict, given.reason
  FROM service s, (VALUES
    ('deployed', NULL, 1, '{"id":"9f2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d","message":"Show prices with tax","author":"Ana","at":"2026-11-30T10:00:00.000Z"}'),
    ('nothing', 'other-branch', 2, NULL),
    ('refused', 'wrong-signature', 3, NULL),
    ('failed', 'internal', 4, NULL)) given (verdict, reason, age, commit)
  WHERE s.name = $1`;
