import { expect, test } from "vitest";
import { type Secrets, secretsOf } from "./secret";
import { looksSecret, marked, marksOf } from "./variables";

test.each([
  ["API_TOKEN", "abcd-efgh"],
  ["dbPassword", "hunter2-but-longer"],
  ["DB_PASS", "correct horse"],
  ["AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
  ["DATABASE_URL", "postgres://app:pa55@db:5432/shop"],
  ["REDIS", "redis://:pa55@cache"],
  ["PGPASSWORD", "hunter2-longer"],
  ["JWTSECRET", "correct-horse"],
  ["ConnectionStrings__Default", "Server=db;User Id=sa;Password=Hunter22;"],
  ["DATABASE", "postgresql://db/shop?user=app&password=hunter22"],
  ["CONFIG", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"],
  ["STRIPE", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"],
  ["GITHUB", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
  ["ID_OF_CLIENT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x"],
  ["HASH", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
])("%s=%s is a secret", (name, value) => {
  expect(looksSecret(name, value)).toBe(true);
});

test.each([
  ["NODE_ENV", "production"],
  ["PASSWORD", "postgres"],
  ["SECRET_MODE", "true"],
  ["PORT", "5432"],
  ["LOG_LEVEL", "debug"],
  ["GREETING", "Hello from the other side of the world"],
  ["REGION", "eu-central-1"],
  ["API_URL", "https://api.example.com/v2/orders?limit=10"],
  ["DATABASE_HOST", "db-primary.internal.example.com"],
  ["DATABASE_URL", "postgres://localhost:5432/shop"],
  ["VERSION", "1.24.3-rc.2"],
  ["SSH_KEY_PATH", "/etc/landfall/keys/id_ed25519"],
  ["TOKEN_TTL", "3600s"],
  ["NEXT_PUBLIC_KEY", "pk_test_4eC39HqLyjWDarjtT1zdp7dc"],
  ["IMAGE", "ghcr.io/acme/web-frontend:2026-11-30"],
  ["TENANT", "d3b07384-d9a0-4c1f-8a4b-3f5e6a7b8c9d"],
  ["FEATURES", "newCheckout,darkMode,fastSearch"],
  ["EMAIL", "someone.with.a.long.name@mail.example.com"],
  ["CRON", "*/15 3 * * 1-5"],
  ["EMPTY", ""],
])("%s=%s is none", (name, value) => {
  expect(looksSecret(name, value)).toBe(false);
});

test("what a person chose counts, whatever it looks like; what nobody marked is a secret", () => {
  const values = secretsOf({
    TOKEN: "abcd-efgh-1",
    REGION: "eu-central-1",
    OTHER: "plain text",
    PASSWORD: "abcd-efgh-2",
  });
  const chosen = { TOKEN: { secret: false, chosen: true }, REGION: { secret: true, chosen: true } };
  const marks = marksOf(values, { ...chosen, PASSWORD: { secret: false, chosen: false } });
  expect(marks).toEqual({
    ...chosen,
    OTHER: { secret: false, chosen: false },
    PASSWORD: { secret: true, chosen: false },
  });
  const masked = (secrets: Secrets) => Object.keys(secrets).filter((name) => secrets[name]?.isMasked);
  expect(masked(marked(values, marks))).toEqual(["REGION", "PASSWORD"]);
  expect(masked(marked(values, {}))).toEqual(Object.keys(values));
});
