import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { helpText, readArguments } from "./arguments";
import { COMMANDS } from "./commands";
import { completionFor } from "./completion";

const read = (...args: string[]) => readArguments(args, COMMANDS);

function run(...args: string[]) {
  const found = read(...args);
  if (found.kind !== "run") throw new Error(`${args} does not run`);
  return found;
}

test("a command line becomes a command with its options", () => {
  const { command, call } = run("deploy", "site", "-s", "shop", "--version=v1", "--detach");
  expect(command.name).toBe("deploy");
  expect(call.positionals).toEqual(["site"]);
  expect([call.text("service"), call.text("version"), call.text("message")]).toEqual(["shop", "v1", undefined]);
  expect([call.flag("detach"), call.flag("yes")]).toEqual([true, false]);
});

test.each([
  [["dploy"], "There is no command dploy."],
  [["status", "shop"], "shop is one argument too many."],
  [["deploy", "a", "b"], "b is one argument too many."],
  [["deploy", "--servce", "shop"], "--servce"],
  [["history", "--limit"], "--limit"],
])("%j is refused with what is wrong and where the help is", (args, expected) => {
  expect(() => read(...args)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(expected) }),
  );
  expect(() => read(...args)).toThrow("--help");
});

test("every command has a help, which names all of its options", () => {
  expect(read()).toEqual({ kind: "help", command: null });
  expect(read("--version")).toEqual({ kind: "version" });
  for (const command of COMMANDS) {
    expect(read(command.name, "--help")).toEqual({ kind: "help", command });
    expect(read("help", command.name)).toEqual({ kind: "help", command });
    const help = helpText(command, COMMANDS);
    for (const option of Object.keys(command.options ?? {})) expect(help).toContain(`--${option}`);
    expect(helpText(null, COMMANDS)).toContain(`  ${command.name} `);
  }
});

test("the completions of shells know every command, and bash reads its own", () => {
  for (const shell of ["bash", "zsh", "fish"])
    for (const { name } of COMMANDS) expect(completionFor(shell, COMMANDS)).toMatch(new RegExp(`\\b${name}\\b`));
  const complete = (words: string, at: number) =>
    execFileSync(
      "bash",
      [
        "-c",
        `${completionFor("bash", COMMANDS, ["sh", "-c", 'echo "$2-a it-is"', "it's"])}
COMP_WORDS=(${words}); COMP_CWORD=${at}; _landfall; echo "\${COMPREPLY[@]}"`,
      ],
      { encoding: "utf8" },
    ).trim();
  expect(complete("landfall ro", 1)).toBe("rollback");
  expect(complete("landfall env i", 2)).toBe("import");
  expect(complete("landfall deploy --no", 2)).toBe("--no-upload");
  // Names come from the console. This program prints one list for each kind of name that is requested.
  expect(complete("landfall deploy --service ser", 3)).toBe("services-a");
  expect(complete("landfall rollback -r ''", 3)).toBe("releases-a it-is");
  expect(complete("landfall env unset -s shop var", 5)).toBe("");
  expect(complete("landfall env unset var", 3)).toBe("variables-a");
  expect(() => completionFor("csh", COMMANDS)).toThrow("bash, zsh, fish");
});
