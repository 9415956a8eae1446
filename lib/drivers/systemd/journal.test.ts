import { expect, test } from "vitest";
import { RecordingHost } from "@/lib/hosts/recording-host";
import { entryOf, followJournal } from "./journal";
import { unitName } from "./names";

const place = { base: "/opt/landfall/services", serviceName: "shop" };
const RELEASE = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
const entry = (unit: string | undefined, message: unknown = "hello") =>
  JSON.stringify({
    ...{ MESSAGE: message, _SYSTEMD_UNIT: unit, LANDFALL_SERVICE: "landfall-shop" },
    __REALTIME_TIMESTAMP: "1764554400000000",
  });

test.each([
  ["a release's unit", entry(unitName(place, RELEASE)), "hello"],
  ["bytes that are no plain text", entry(unitName(place, RELEASE), [...Buffer.from("\u001b[1mhé")]), "\u001b[1mhé"],
  ["an empty line", entry(unitName(place, RELEASE), null), ""],
  [
    "another service's unit that says it is this one",
    entry(unitName({ ...place, serviceName: "evil" }, RELEASE)),
    null,
  ],
  ["a service whose name begins alike", entry(unitName({ ...place, serviceName: "shop-two" }, RELEASE)), null],
  ["the same name of another Landfall", entry(unitName({ ...place, base: "/srv/other" }, RELEASE)), null],
  ["a program that is no unit of ours", entry("session-4.scope"), null],
  ["no unit at all", entry(undefined), null],
  ["what is no entry", "-- Boot 0 --", null],
])("%s", (_, text, expected) => {
  expect(entryOf(place, text)?.line ?? null).toBe(expected);
});

const MIB = 1024 * 1024;
const at = (second: number) => `1764554400${String(second).padStart(6, "0")}`;
const unit = unitName(place, RELEASE);
const long = "x".repeat(MIB);

test.each([
  ["behind", { __REALTIME_TIMESTAMP: at(1), MESSAGE: long, _SYSTEMD_UNIT: unit }],
  ["before", { _SYSTEMD_UNIT: unit, __REALTIME_TIMESTAMP: at(1), MESSAGE: long }],
  ["all around", { MESSAGE: long, _SYSTEMD_UNIT: unit, __REALTIME_TIMESTAMP: at(1) }],
])("a line that is too long is said at its place, with its unit %s it", async (_, entryOfLong) => {
  const others = unitName({ ...place, serviceName: "evil" }, RELEASE);
  const pretends = `","_SYSTEMD_UNIT":"${unit}","${long}`;
  const entries = [
    { __REALTIME_TIMESTAMP: at(0), MESSAGE: "before", _SYSTEMD_UNIT: unit },
    entryOfLong,
    { __REALTIME_TIMESTAMP: at(2), MESSAGE: pretends, _SYSTEMD_UNIT: others },
    { __REALTIME_TIMESTAMP: at(3), MESSAGE: "after", _SYSTEMD_UNIT: unit },
  ];
  const host = new RecordingHost(() => ({ stdout: entries.map((one) => JSON.stringify(one)).join("\n") }));
  const options = { tail: 10, follow: false, signal: AbortSignal.timeout(60_000) };
  const lines = await Array.fromAsync(followJournal({ ...place, host }, options), ({ text }) => text);
  expect(lines).toEqual(["before", "[landfall] a line of more than 1 MiB was left out", "after"]);
});
