import fc from "fast-check";
import { expect, test } from "vitest";
import { quote } from "@/lib/hosts/command";
import { splitWords } from "./split-words";

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
