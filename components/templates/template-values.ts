import { typedOf } from "@/components/forms/contract-values";
import { environmentOf, type Variable } from "@/components/services/variables";
import { newVolume, type Volume } from "@/components/services/volume-rows";
import type { TemplateView } from "@/lib/contracts/template";

/** The values of the template form's controls, in the shape of its contract. */
export interface TemplateValues {
  name: string;
  description: string;
  image: string;
  domainSuffix: string;
  https: boolean;
  target: string;
  port: string;
  healthPath: string;
  healthCommand: string;
  limits: { memoryMb: string; cpus: string };
  volumes: readonly Volume[];
  variables: readonly Variable[];
  /** Names of stored variables to remove. */
  unset: readonly string[];
}

export const emptyTemplate: TemplateValues = {
  name: "",
  description: "",
  image: "",
  domainSuffix: "",
  https: true,
  target: "",
  port: "8080",
  healthPath: "/health",
  healthCommand: "",
  limits: { memoryMb: "", cpus: "" },
  volumes: [],
  variables: [],
  unset: [],
};

export function valuesOfTemplate(template: TemplateView): TemplateValues {
  const { name, description, image, domainSuffix, https, target, port, healthPath, healthCommand, limits } = template;
  const own = { name, description, image, domainSuffix, https, target, port, healthPath, healthCommand, limits };
  return {
    ...emptyTemplate,
    ...(typedOf(own) as Partial<TemplateValues>),
    volumes: template.volumes.map((volume) => newVolume(volume.name, volume.path)),
  };
}

export function prepareNew({ variables, ...values }: TemplateValues): Record<string, unknown> {
  return { ...values, domainSuffix: values.domainSuffix.toLowerCase(), environment: environmentOf(variables) };
}

/** A new value sets a variable, even if the variable was marked for removal before. */
export function prepareChange({ unset, ...values }: TemplateValues): Record<string, unknown> {
  const set = environmentOf(values.variables);
  const environment = { set, unset: unset.filter((name) => !Object.hasOwn(set, name)) };
  return { ...values, domainSuffix: values.domainSuffix.toLowerCase(), environment };
}
