import { expect, test } from "vitest";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { refuses as processRefuses } from "../process/volumes";
import { refuses as systemdRefuses } from "../systemd/validate";
import { dockerDriver } from "./driver";

const refused = (...paths: string[]) => {
  const volumes = paths.map((path, index) => ({ name: `v${index}`, path }));
  return dockerDriver.refuses?.({ volumes }).map(({ path }) => path.join("."));
};

test("a volume where Docker mounts none is refused when it is saved", () => {
  for (const path of ["/", "//", "/.", "/data/.."]) expect(refused(path)).toEqual(["volumes.0.path"]);
  expect(refused("/data", "/data/")).toEqual(["volumes.0.path", "volumes.1.path"]);
  expect(refused("/data", "/data/logs", "/database")).toEqual([]);
});

test("a variable of more bytes than Linux starts a program with is refused when it is saved, by every driver", () => {
  const environment = secretsOf({ FITS: "é".repeat(65_532), LONG: "é".repeat(65_536) });
  const long = { path: ["environment", "LONG"], code: "too-long", params: { limit: 131_066 } };
  for (const refuses of [dockerDriver.refuses, processRefuses, systemdRefuses])
    expect(refuses?.({ environment })).toEqual([long]);
});
