import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { despiteLosses } from "./despite-losses";

const lost = () => Promise.reject(new Problem("host-lost"));

test("losses that bring nothing are given up after the seventh", async () => {
  const repeats: boolean[] = [];
  const attempt = (isRepeat: boolean) => {
    repeats.push(isRepeat);
    return lost();
  };
  await expect(despiteLosses(attempt, () => 0, undefined, 1)).rejects.toMatchObject({ code: "host-lost" });
  expect(repeats).toEqual([false, ...Array.from({ length: 6 }, () => true)]);
});

test("as long as each attempt gets further there is no end", async () => {
  let reached = 0;
  const attempt = () => (++reached === 30 ? Promise.resolve("there") : lost());
  expect(await despiteLosses(attempt, () => reached, undefined, 1)).toBe("there");
});

test("getting as far as before is not getting further", async () => {
  let reached = 0;
  const attempt = () => {
    reached = 5;
    return lost();
  };
  await expect(despiteLosses(attempt, () => reached, undefined, 1)).rejects.toMatchObject({ code: "host-lost" });
});

test("anything else is not repeated", async () => {
  let attempts = 0;
  const attempt = () => {
    attempts += 1;
    return Promise.reject(new Problem("disk-full"));
  };
  await expect(despiteLosses(attempt, () => 0, undefined, 1)).rejects.toMatchObject({ code: "disk-full" });
  expect(attempts).toBe(1);
});

test("a cancel in the pause ends it with its reason", async () => {
  const abort = new AbortController();
  const attempt = () => {
    setImmediate(() => abort.abort(new Error("cancelled")));
    return lost();
  };
  await expect(despiteLosses(attempt, () => 0, abort.signal, 60_000)).rejects.toThrow("cancelled");
});
