import fc from "fast-check";
import { expect, test } from "vitest";
import { quote } from "@/lib/hosts/command";
import { DockerSettings, splitWords } from "./settings";

test("nothing has to be said", () => {
  expect(DockerSettings.parse({})).toEqual({
    dockerfile: "Dockerfile",
    build: "remote",
    buildArgs: {},
    rootFilesystem: "writable",
    handover: "beside",
    rawSockets: false,
    commandTimeoutSeconds: 300,
    processes: {},
    certificate: "automatic",
  });
});

test("what is typed as in a shell becomes a list, or names and values", () => {
  expect(DockerSettings.parse({ command: "serve 'a b'" }).command).toEqual(["serve", "a b"]);
  expect(DockerSettings.parse({ buildArgs: `VERSION=1.2 NAME="A = B" EMPTY=` }).buildArgs).toEqual({
    VERSION: "1.2",
    NAME: "A = B",
    EMPTY: "",
  });
});

test.each([
  [{ command: "serve 'a b" }, "unclosed-quote"],
  [{ buildArgs: "VERSION" }, "not-build-arguments"],
  [{ buildArgs: "=1" }, "not-build-arguments"],
  [{ buildArgs: "2BAD=1" }, "not-build-arguments"],
  [{ dockerfile: "/etc/passwd" }, "not-a-relative-path"],
  [{ dockerfile: "docker/../../Dockerfile" }, "not-a-relative-path"],
  [{ dockerfile: "-" }, "not-a-relative-path"],
  [{ network: "none" }, "not-a-network"],
  [{ network: "container:db" }, "not-a-network"],
  [{ user: "-u" }, "not-a-user-name"],
  [{ stopSignal: "15" }, "not-a-signal"],
])("%j is refused as %s", (settings, message) => {
  expect(DockerSettings.safeParse(settings).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test.each([
  ["", []],
  ["  python  app.py ", ["python", "app.py"]],
  [`serve 'a b' "c d" e\\ f`, ["serve", "a b", "c d", "e f"]],
  [`--name=Ada' L'"ovelace" ''`, ["--name=Ada Lovelace", ""]],
  [`"say \\"hi\\" \\n" $HOME`, [`say "hi" \\n`, "$HOME"]],
  ["'open", null],
  ['"open', null],
  ["end\\", null],
])("%j", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test("reads back whatever was quoted for a shell", () => {
  const argument = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(argument), (args) => {
      expect(splitWords(quote(args))).toEqual(args);
    }),
  );
});
