import { expect, test } from "vitest";
import { bodyOf } from "@/components/forms/contract-values";
import { newVariable } from "@/components/services/variables";
import { newVolume } from "@/components/services/volume-rows";
import { NewTemplate, TemplateChange } from "@/lib/contracts/template";
import { emptyTemplate, prepareChange, prepareNew, type TemplateValues } from "./template-values";

const filled: TemplateValues = {
  ...emptyTemplate,
  name: "workspace",
  image: "ghcr.io/acme/workspace:1",
  domainSuffix: " Apps.example.com ",
  volumes: [newVolume("data-{name}", "/data"), newVolume()],
};

/** The body that the form of a new template sends. */
function bodyOfNew(values: TemplateValues) {
  return bodyOf(NewTemplate, prepareNew(values));
}

test("what is typed becomes a template, without empty rows", () => {
  expect(
    NewTemplate.parse(bodyOfNew({ ...filled, variables: [newVariable("MODE", "calm"), newVariable()] })),
  ).toMatchObject({
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
  const answer = NewTemplate.safeParse(bodyOfNew({ ...filled, port: "many", limits: { memoryMb: "a lot", cpus: "" } }));
  expect(answer.error?.issues.map(({ path }) => path.join("."))).toEqual(["port", "limits.memoryMb"]);
});

test("a name that is given anew is set, not removed", () => {
  const values = { ...filled, unset: ["OLD", "MODE"], variables: [newVariable("MODE", "loud")] };
  const change = bodyOf(TemplateChange, prepareChange(values));
  expect(TemplateChange.parse(change).environment).toEqual({ set: { MODE: "loud" }, unset: ["OLD"] });
});
