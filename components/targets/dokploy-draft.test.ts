import { expect, test } from "vitest";
import { bodyOfDokploy, emptyDokploy, suggestedDokployName } from "./dokploy-draft";

test.each([
  ["https://dokploy.example.com", "dokploy"],
  ["http://Stacks_1.example.com:3000/", "stacks-1"],
  ["http://10.0.0.4:3000", ""],
  ["dokp", ""],
])("%s is suggested to be called %j", (url, name) => {
  expect(suggestedDokployName(url)).toBe(name);
});

test("what is empty is left out, and a key that is not typed stays as it is", () => {
  expect(bodyOfDokploy({ ...emptyDokploy, name: " stacks ", url: "https://d.example.com", httpPort: "many" })).toEqual({
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
