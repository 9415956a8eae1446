import { expect, test } from "vitest";
import { TransferRate } from "./transfer";

function aRate() {
  let nowMs = 0;
  const rate = new TransferRate(() => nowMs);
  return (atMs: number, done: number, total = 100_000) => {
    nowMs = atMs;
    return rate.after(done, total);
  };
}

test("says nothing until it has seen half a second, and does not count what was there before", () => {
  const at = aRate();
  expect(at(0, 50_000)).toEqual({});
  expect(at(400, 54_000)).toEqual({});
  expect(at(1_000, 60_000)).toEqual({ bytesPerSecond: 10_000, secondsLeft: 4 });
});

test("forgets what is older than five seconds", () => {
  const at = aRate();
  for (let second = 0; second <= 10; second += 1) at(second * 1_000, second * 1_000);
  for (let second = 11; second < 16; second += 1) at(second * 1_000, 10_000 + (second - 10) * 100);
  expect(at(16_000, 10_600)).toEqual({ bytesPerSecond: 100, secondsLeft: 894 });
});

test("is not confused by many reports at once", () => {
  const at = aRate();
  for (let report = 0; report <= 1_000; report += 1) at(report, report * 10);
  expect(at(1_000, 10_000).bytesPerSecond).toBe(10_000);
});

test("a standstill is seen in what comes after it", () => {
  const at = aRate();
  at(0, 0);
  at(1_000, 10_000);
  expect(at(61_000, 11_000)).toEqual({ bytesPerSecond: 17, secondsLeft: 5_236 });
});

test("starts anew when something is sent once more, and says nothing of nothing", () => {
  const at = aRate();
  at(0, 0);
  at(1_000, 90_000);
  expect(at(2_000, 10_000)).toEqual({});
  expect(at(2_600, 10_000)).toEqual({});
  expect(at(3_000, 20_000)).toEqual({ bytesPerSecond: 10_000, secondsLeft: 8 });
});
