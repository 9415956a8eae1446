/**
 * `npm run preflight`: checks, as the console does, the Dokploy server that DOKPLOY_URL and DOKPLOY_API_TOKEN name (in
 * the environment, or in `.env` in the clone), and prints what to fix. Needs no database. Exits with 1 when something
 * has to be fixed.
 */
import { existsSync } from "node:fs";
import { createTranslator } from "next-intl";
import { DokployKey, DokployUrl } from "@/lib/contracts/dokploy";
import messages from "@/lib/platform/i18n/messages/en.json";
import { Secret } from "@/lib/platform/secrets/secret";

const { url, apiKey, suffixes } = settings();
// The check neither reads nor writes the console's data, so settings that it does not use need no real value.
process.env.LANDFALL_LOG_LEVEL = "silent";
process.env.DATABASE_URL = "postgres://nobody@127.0.0.1:1/none";
process.env.LANDFALL_SECRET_KEY = "0".repeat(64);
const { preflightDokploy } = await import("@/lib/targets/dokploy/preflight");

const t = createTranslator({ locale: "en", messages });
const { preflight, ok } = await preflightDokploy({ name: "preflight", url, apiKey, suffixes, isDirect: false });
for (const { step, status, detail, problem } of preflight) {
  const seen = detail ? ` (${detail})` : "";
  console.log(`${t(`dokploy.preflight.steps.${step}`)}: ${t(`dokploy.preflight.status.${status}`)}${seen}`);
  if (!problem) continue;
  console.log(`  ${t(`problems.${problem.code}` as "problems.internal", problem.params)}`);
  if (problem.detail) console.log(`  ${problem.detail}`);
}
process.exit(ok ? 0 : 1);

function settings() {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { DOKPLOY_URL, DOKPLOY_API_TOKEN, STACK_DOMAIN_SUFFIX } = process.env;
  const read = { url: DokployUrl.safeParse(DOKPLOY_URL), apiKey: DokployKey.safeParse(DOKPLOY_API_TOKEN) };
  if (!read.url.success || !read.apiKey.success) {
    console.error("Set DOKPLOY_URL to the server's address and DOKPLOY_API_TOKEN to an API key, then try again.");
    process.exit(2);
  }
  return {
    url: read.url.data,
    apiKey: new Secret(read.apiKey.data),
    suffixes: STACK_DOMAIN_SUFFIX ? [STACK_DOMAIN_SUFFIX] : [],
  };
}
