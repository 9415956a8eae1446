import { expect, test } from "vitest";
import { OutputTail } from "./command-output";

test("the newest bytes win, however they were cut", () => {
  const tail = new OutputTail(4);
  for (const chunk of ["ab", "c", "defg", "h"]) tail.write(Buffer.from(chunk));
  expect(tail.toString()).toBe("efgh");
});

test("what fits is kept whole", () => {
  const tail = new OutputTail(100);
  tail.write(Buffer.from("é"));
  tail.write(Buffer.from("日本"));
  expect(tail.toString()).toBe("é日本");
});
