import { environmentOf, type Variable } from "@/components/services/variables";
import type { TemplateView } from "@/lib/contracts/template";

/** A template as it is typed: text that is not right yet stays as it is, and the server says what is wrong with it. */
export interface TemplateDraft {
  name: string;
  description: string;
  image: string;
  domainSuffix: string;
  https: boolean;
  target: string;
  port: string;
  healthPath: string;
  healthCommand: string;
  memoryMb: string;
  cpus: string;
  volumes: readonly VolumeDraft[];
  /** Names that are stored and shall go. */
  unset: readonly string[];
}

/** The id is the row's own: names change while they are typed. */
export interface VolumeDraft {
  id: number;
  name: string;
  path: string;
}

let lastId = 0;

export function newVolume(name = "", path = ""): VolumeDraft {
  lastId += 1;
  return { id: lastId, name, path };
}

export const emptyTemplate: TemplateDraft = {
  name: "",
  description: "",
  image: "",
  domainSuffix: "",
  https: true,
  target: "",
  port: "8080",
  healthPath: "/health",
  healthCommand: "",
  memoryMb: "",
  cpus: "",
  volumes: [],
  unset: [],
};

export function draftOfTemplate(template: TemplateView): TemplateDraft {
  const { name, description, image, domainSuffix, https, target, port, healthPath, limits, volumes } = template;
  return {
    name,
    description: description ?? "",
    image,
    domainSuffix,
    https,
    target: target ?? "",
    port: String(port),
    healthPath,
    healthCommand: template.healthCommand ?? "",
    memoryMb: String(limits.memoryMb ?? ""),
    cpus: String(limits.cpus ?? ""),
    volumes: volumes.map(({ name, path }) => newVolume(name, path)),
    unset: [],
  };
}

/** What creating and changing send but for name and environment. What is empty is left out: the answer says that it is needed. */
function bodyOf(draft: TemplateDraft) {
  return {
    description: typed(draft.description) ?? null,
    image: typed(draft.image),
    domainSuffix: typed(draft.domainSuffix)?.toLowerCase(),
    https: draft.https,
    target: typed(draft.target) ?? null,
    port: asNumber(draft.port),
    healthPath: typed(draft.healthPath),
    healthCommand: typed(draft.healthCommand) ?? null,
    limits: { memoryMb: asNumber(draft.memoryMb) ?? null, cpus: asNumber(draft.cpus) ?? null },
    volumes: filledVolumes(draft).map(({ name, path }) => ({ name: typed(name), path: typed(path) })),
  };
}

export function bodyOfNew(draft: TemplateDraft, variables: readonly Variable[]) {
  return { name: typed(draft.name), ...bodyOf(draft), environment: environmentOf(variables) };
}

/** A name that is given anew is set, whatever was meant to become of the old value. */
export function bodyOfChange(draft: TemplateDraft, variables: readonly Variable[]) {
  const set = environmentOf(variables);
  return { ...bodyOf(draft), environment: { set, unset: draft.unset.filter((name) => !Object.hasOwn(set, name)) } };
}

/** Rows with nothing in them are nothing; the place of the others in what is sent. */
export function filledVolumes({ volumes }: Pick<TemplateDraft, "volumes">): readonly VolumeDraft[] {
  return volumes.filter(({ name, path }) => name.trim() !== "" || path.trim() !== "");
}

function typed(text: string): string | undefined {
  return text.trim() || undefined;
}

/** Text that is no number is sent as it is: the answer names the field. */
function asNumber(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}
