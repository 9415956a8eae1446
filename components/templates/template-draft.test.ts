import { expect, test } from "vitest";
import { newVariable } from "@/components/services/variables";
import { NewTemplate, TemplateChange } from "@/lib/contracts/template";
import { bodyOfChange, bodyOfNew, emptyTemplate, newVolume } from "./template-draft";

const filled = {
  ...emptyTemplate,
  name: "workspace",
  image: "ghcr.io/acme/workspace:1",
  domainSuffix: " Apps.example.com ",
  volumes: [newVolume("data-{name}", "/data"), newVolume()],
};

test("what is typed becomes a template, without empty rows", () => {
  expect(NewTemplate.parse(bodyOfNew(filled, [newVariable("MODE", "calm"), newVariable()]))).toMatchObject({
    name: "workspace",
    domainSuffix: "apps.example.com",
    port: 8080,
    volumes: [{ name: "data-{name}", path: "/data" }],
    environment: { MODE: "calm" },
    limits: { memoryMb: null, cpus: null },
    target: null,
  });
});

test("what is no number is sent as it is, so that the answer names its field", () => {
  const answer = NewTemplate.safeParse(bodyOfNew({ ...filled, port: "many", memoryMb: "a lot" }, []));
  expect(answer.error?.issues.map(({ path }) => path.join("."))).toEqual(["port", "limits.memoryMb"]);
});

test("a name that is given anew is set, not removed", () => {
  const change = bodyOfChange({ ...filled, unset: ["OLD", "MODE"] }, [newVariable("MODE", "loud")]);
  expect(TemplateChange.parse(change).environment).toEqual({ set: { MODE: "loud" }, unset: ["OLD"] });
});
