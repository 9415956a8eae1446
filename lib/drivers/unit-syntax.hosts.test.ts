import fc from "fast-check";
import { expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { colonPart, commandWord, environmentFile, isExpressible, unitLine, unitWord } from "./unit-syntax";

/** The real systemd must read back exactly the written values. Many at a time, because each reload takes a while. */
const host = await takeHost();

const RUN = `
cat >/run/systemd/system/test-syntax.service
systemctl daemon-reload
rm -f /run/test-syntax-out
systemctl start test-syntax.service
base64 -w0 /run/test-syntax-out
`;

/** Starts a unit that ends immediately; returns its output in the pieces that NUL ended. */
async function run(settings: readonly string[]): Promise<string[]> {
  const unit = ["[Service]", "Type=oneshot", "StandardOutput=file:/run/test-syntax-out", ...settings, ""].join("\n");
  const written = Buffer.from(await host.script(RUN, [], { stdin: unit }), "base64").toString("utf8");
  return written.split("\0").slice(0, -1);
}

const odd = fc.string({
  unit: fc.constantFrom(..."\\\"'`$%#;=:- \t\n\r{}()*?[]~&|<>!@^,.xn0", "é", "日", "😀", "\u0085", "\u2028", "\x07"),
  maxLength: 12,
});
const value = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), odd).filter(isExpressible);
const values = fc.array(value, { minLength: 150, maxLength: 150 });
const everyCharacter = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1));
const singles = [...everyCharacter, ...everyCharacter.map((character) => `\\${character}\\`), ""];

/** Each character by itself, and then random values. */
const often = { numRuns: 3, examples: [[singles]] as [string[]][], endOnFailure: true };

test("words of a command", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(values, async (words) => {
      expect(await run([`ExecStart=/usr/bin/printf "%%s\\\\0" ${words.map(commandWord).join(" ")}`])).toEqual(words);
    }),
    often,
  );
});

test("a command for a shell", { timeout: 120_000 }, async () => {
  const line = `printf '%s\\0' "$HOME" '100%' "a\\"b" 'it'"'"'s' \`echo x\` $(echo y) \${NONE:-z} 'ünï 日本'\nprintf 'two\\0'`;
  const [home, ...rest] = await run([`ExecStart=/bin/sh -c ${commandWord(line)}`, "Environment=HOME=/nowhere"]);
  expect(home).toBe("/nowhere");
  expect(rest).toEqual(["100%", 'a"b', "it's", "x", "y", "z", "ünï 日本", "two"]);
});

test("values of an environment file", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(values, async (wanted) => {
      const environment = Object.fromEntries(wanted.map((one, index) => [`V${index}`, one]));
      await host.exec(["sh", "-c", "cat >/run/test-syntax-environment"], { stdin: environmentFile(environment) });
      const found = await run([
        "EnvironmentFile=/run/test-syntax-environment",
        "ExecStart=/bin/cat /proc/self/environ",
      ]);
      const pairs = found.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
      expect(Object.fromEntries(pairs)).toMatchObject(environment);
    }),
    often,
  );
});

test("a value that is not expressible does not arrive", async () => {
  await host.exec(["sh", "-c", "cat >/run/test-syntax-environment"], {
    stdin: environmentFile({ ODD: "a\ufffeb", GOOD: "x" }),
  });
  const found = await run(["EnvironmentFile=-/run/test-syntax-environment", "ExecStart=/bin/cat /proc/self/environ"]);
  expect(found).not.toContain("ODD=a\ufffeb");
});

const pathPart = fc
  .string({ unit: fc.constantFrom(..."\\\"'$%:;#= -{}~ab", "é", "日"), minLength: 1, maxLength: 12 })
  .map((name) => `x${name}x`);

test("paths, and paths between colons", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(pathPart, { minLength: 20, maxLength: 20 }), async (names) => {
      const from = names.map((name) => `/srv/from/${name}`);
      const script = 'rm -rf /srv/from && mkdir -p -- "$@" && for at; do printf %s "$at" >"$at/who"; done';
      await host.exec(["sh", "-c", script, "sh", ...from]);
      const found = await run([
        // Empty except for its bind mounts.
        `TemporaryFileSystem=${unitWord(`${colonPart(`/srv/from/${names[0]}`)}:ro`)}`,
        ...names.map(
          (name, index) => `BindPaths=${unitWord(`/srv/from/${name}`)}:${unitWord(`/srv/to/${index}/${name}`)}`,
        ),
        `WorkingDirectory=${unitLine(`/srv/from/${names[0]}`)}`,
        `ExecStart=/bin/sh -c ${commandWord(
          `printf '%s\\0' "$(ls)"; for at in /srv/to/*/*; do printf '%s\\0' "$at $(cat "$at/who")"; done`,
        )}`,
      ]);
      expect(found[0]).toBe("");
      expect(found.slice(1).toSorted()).toEqual(
        names.map((name, index) => `/srv/to/${index}/${name} /srv/from/${name}`).toSorted(),
      );
      await host.exec(["rm", "-rf", "/srv/to"]);
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
