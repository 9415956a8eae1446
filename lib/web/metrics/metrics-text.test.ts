import { expect, test } from "vitest";
import { metricsText } from "./metrics-text";

test("a database that is away is a measurement too", async () => {
  const text = await metricsText();
  expect(text).toContain("\nlandfall_database_up 0\n");
  expect(text).toContain("landfall_build_info");
  expect(text).toContain("process_resident_memory_bytes");
  expect(text).not.toContain("landfall_queue_depth");
});
