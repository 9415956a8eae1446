import { expect, test } from "vitest";
import { bodyOf } from "@/components/forms/contract-values";
import { TargetChange } from "@/lib/contracts/target";
import { emptyDokploy, suggestedDokployName } from "./dokploy-values";

test.each([
  ["https://dokploy.example.com", "dokploy"],
  ["http://Stacks_1.example.com:3000/", "stacks-1"],
  ["http://10.0.0.4:3000", ""],
  ["dokp", ""],
])("%s is suggested to be called %j", (url, name) => {
  expect(suggestedDokployName(url)).toBe(name);
});

test("what is empty is left out, and a key that is not typed stays as it is", () => {
  const values = { ...emptyDokploy, name: " stacks ", url: "https://d.example.com", httpPort: "many" };
  expect(bodyOf(TargetChange, values)).toEqual({
    name: "stacks",
    url: "https://d.example.com",
    apiKey: undefined,
    httpPort: "many",
    httpsPort: 443,
    endpointMode: "vip",
    repair: false,
    concurrency: 4,
  });
});
