import { expect, test } from "vitest";
import { auditCsvRow } from "./audit-store";

const EVENT = {
  id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21",
  at: "2026-11-20T14:02:11.000Z",
  actor: { id: null, name: "landfall" },
  action: "service.create",
  subject: { type: "service", id: null, name: "web" },
  details: {},
  ip: null,
};

test("an event is one line", () => {
  expect(auditCsvRow(EVENT)).toBe("2026-11-20T14:02:11.000Z,landfall,,service.create,service,web,,,{}\r\n");
});

test("quotes, commas and line ends stay inside their cell", () => {
  const row = auditCsvRow({ ...EVENT, actor: { id: null, name: 'Ana "A", Lima\n' } });
  expect(row).toContain(',"Ana ""A"", Lima\n",');
});

test("a name that a spreadsheet would run is text", () => {
  expect(auditCsvRow({ ...EVENT, actor: { id: null, name: "=1+1" } })).toContain(",'=1+1,");
});
