import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { environmentSettings } from "@/lib/self/installation";

const read = (file: string) => readFile(file, "utf8");
const namesIn = (text: string) => [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]*)=/gm)].map(([, name = ""]) => name);
const SECRET = /PASSWORD|PASSPHRASE|SECRET|TOKEN|DATABASE_URL/;

test.each(["production", "staging"])("Caddy of %s is told nothing that is secret", async (environment) => {
  const secret = namesIn(await read(".env.example")).filter((name) => SECRET.test(name));
  const compose = await read(`docker-compose.${environment}.yml`);
  const emptied = [...compose.matchAll(/^ {6}([A-Z0-9_]+): ""$/gm)].map(([, name]) => name);
  expect(secret.filter((name) => !emptied.includes(name))).toEqual([]);
});

test("staging is production under other names", async () => {
  const [production = "", staging] = await Promise.all(
    ["production", "staging"].map(async (name) => read(`docker-compose.${name}.yml`)),
  );
  expect(staging).toBe(production);
  // The settings in an environment's release file name every file of its own.
  const settings = environmentSettings("staging");
  const named = withoutComments(production).replaceAll(/\$\{(\w+):-[^}]*\}/g, (whole, name) => settings[name] ?? whole);
  expect(named).not.toContain("production");
  expect(named.match(/\.env\.\w+|\.\/Caddyfile[.\w]*:/g)).toEqual([
    ".env.staging",
    ".env.staging",
    "./Caddyfile.staging:",
    ".env.staging",
    ".env.staging",
  ]);
});

test("staging's Caddy differs only in its certificate and in what it says to search engines", async () => {
  const [production, staging] = await Promise.all(["Caddyfile", "Caddyfile.staging"].map(read));
  const same = withoutComments(staging ?? "")
    .replace("{$LANDFALL_TLS:internal}", "{$LANDFALL_TLS}")
    .replace("\t\tX-Robots-Tag noindex\n", "");
  expect(same).toBe(withoutComments(production ?? ""));
});

test.each(["production", "staging"])("the example for %s has only settings that there are", async (environment) => {
  const known = [...namesIn(await read(".env.example")), "LANDFALL_DOMAIN", "LANDFALL_TLS"];
  const named = namesIn(await read(`.env.${environment}.example`)).map((name) => name.replace(/_FILE$/, ""));
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

test("nothing but 80 and 443 is published, and each container is held within bounds", async () => {
  const compose = await read("docker-compose.production.yml");
  const ports = [...compose.matchAll(/^ {6}- ".*:(\d+:\d+(?:\/udp)?)"$/gm)].map(([, port]) => port);
  expect(ports).toEqual(["80:80", "443:443", "443:443/udp"]);
  const services = compose.slice(compose.indexOf("\nservices:"), compose.indexOf("\nnetworks:"));
  const blocks = [...services.matchAll(/^ {2}([a-z]+):\n {4}<<: \*(service|landfall)$/gm)].map(([, name]) => name);
  expect(blocks).toEqual(["caddy", "web", "worker", "migrate", "postgres"]);
});

test.each(["production", "staging"])(
  "%s says each thing once, and who is told the owner's password",
  async (environment) => {
    const compose = withoutComments(await read(`docker-compose.${environment}.yml`));
    const services = compose.slice(compose.indexOf("\nservices:"), compose.indexOf("\nnetworks:"));
    const blocks = services.split(/^ {2}(?=[a-z]+:$)/m).slice(1);
    // Of two equal keys a parser takes the second, or refuses the file.
    for (const block of blocks) {
      const keys = [...block.matchAll(/^ {4}([a-z_]+):/gm)].map(([key]) => key);
      expect(keys).toEqual([...new Set(keys)]);
    }
    const blockOf = (name: string) => blocks.find((block) => block.startsWith(`${name}:`)) ?? "";
    const shared = compose.slice(compose.indexOf("x-landfall:"), compose.indexOf("\nservices:"));
    expect(shared).toContain("- /dev/null:/run/secrets/postgres-password:ro\n");
    for (const name of ["web", "worker"]) {
      expect(blockOf(name)).toMatch(/^ {4}environment:(?: \*without-owner$|\n {6}<<: \*without-owner$)/m);
      expect(blockOf(name)).not.toContain("volumes:");
    }
    expect(blockOf("caddy")).not.toContain("/run/secrets");
    expect(blockOf("postgres")).not.toContain("./secrets:");
  },
);

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*#.*\n/gm, "");
}
