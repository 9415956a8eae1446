import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readEnv } from "@/lib/platform/env";

const example = await readFile(".env.example", "utf8");
const settings = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, name = "", value = ""]) => [name, value] as const,
);

test("names exactly the settings that lib/platform/env.ts reads, each once", async () => {
  const source = await readFile("lib/platform/env.ts", "utf8");
  const read = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name]) => name);
  expect(settings.map(([name]) => name).sort()).toEqual(read.sort());
});

test("says what holds without a setting: uncommenting all of it changes nothing", () => {
  const needed = {
    DATABASE_URL: "postgresql://landfall:password@localhost:5432/landfall",
    LANDFALL_SECRET_KEY: "0".repeat(64),
  };
  const examples = { ...Object.fromEntries(settings.filter(([, value]) => value !== "")), ...needed };
  const withoutMeaning = ["NEXTAUTH_URL", "GITLAB_URL", "DATABASE_OWNER_URL", "LANDFALL_PUBLIC_HOST"]; // examples of unset ones
  for (const name of withoutMeaning) delete (examples as Record<string, string>)[name];
  expect(readEnv({ ...examples } as unknown as NodeJS.ProcessEnv)).toEqual(
    readEnv(needed as unknown as NodeJS.ProcessEnv),
  );
});
