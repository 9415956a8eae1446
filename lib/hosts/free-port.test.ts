import { expect, test } from "vitest";
import { choosePort } from "./free-port";

test("a host on which every port is taken is refused, and holds nobody up", async () => {
  await expect(choosePort("full", 32_768, async () => false)).rejects.toThrow(
    "no port between 15000 and 32767 is free",
  );
});

test("a port is handed out once, also to those who ask at the same moment", async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => choosePort("busy", 32_768, async () => true)));
  expect(new Set(ports).size).toBe(200);
});
