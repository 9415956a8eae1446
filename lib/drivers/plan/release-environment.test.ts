import { expect, test } from "vitest";
import { packageSources } from "./release-environment";

test("passes on where pip and npm get packages from", () => {
  const pip =
    "# mine\n[global]\nextra-index-url =\n  file:///opt/a/simple\n  file:///opt/b/simple\nfind-links = /opt/wheels\n[install]\nindex-url=https://pypi.acme.example/simple\n";
  expect(packageSources(pip, "fund=false\nregistry = https://npm.acme.example/\n")).toEqual({
    PIP_EXTRA_INDEX_URL: "file:///opt/a/simple file:///opt/b/simple",
    PIP_FIND_LINKS: "/opt/wheels",
    PIP_INDEX_URL: "https://pypi.acme.example/simple",
    npm_config_registry: "https://npm.acme.example/",
  });
});

test("nothing that holds a password, and nothing else", () => {
  const pip = "[global]\nindex-url = https://ada:secret@pypi.acme.example/simple\ntimeout = 5\n";
  expect(packageSources(pip, "//npm.acme.example/:_authToken=secret\n@acme:registry=https://x\n")).toEqual({});
  expect(packageSources("", "")).toEqual({});
});
