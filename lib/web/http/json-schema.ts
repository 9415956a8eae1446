import * as z from "zod";
import * as deployment from "@/lib/contracts/deployment";
import * as event from "@/lib/contracts/event";
import * as health from "@/lib/contracts/health";
import * as healthCheck from "@/lib/contracts/health-check";
import * as imageRegistry from "@/lib/contracts/image-registry";
import * as page from "@/lib/contracts/page";
import * as phase from "@/lib/contracts/phase";
import * as problem from "@/lib/contracts/problem";
import * as registration from "@/lib/contracts/registration";
import * as release from "@/lib/contracts/release";
import * as service from "@/lib/contracts/service";
import * as source from "@/lib/contracts/source";
import * as ssh from "@/lib/contracts/ssh";
import * as stack from "@/lib/contracts/stack";
import * as target from "@/lib/contracts/target";
import * as template from "@/lib/contracts/template";
import * as upload from "@/lib/contracts/upload";
import * as user from "@/lib/contracts/user";
import { ProblemBody } from "./problem";

export type JsonSchema = z.core.JSONSchema.JSONSchema;
type Direction = "input" | "output";

/**
 * JSON Schema (2020-12, as in OpenAPI 3.1) of the schemas that check requests and responses. The contracts' schemas
 * become components that others refer to. A schema whose input and output differ has two components: a default makes a
 * field optional in the input and required in the output.
 */
export class JsonSchemas {
  readonly #names = z.registry<{ id: string }>();
  readonly #contracts = contractSchemas();
  readonly #differing = new Set<string>();
  readonly #used = new Map<string, JsonSchema>();

  constructor() {
    for (const [id, schema] of this.#contracts) if (!this.#names.has(schema)) this.#names.add(schema, { id });
    for (const [id, schema] of this.#contracts) {
      const [sent, answered] = [this.#convert(schema, "input"), this.#convert(schema, "output")];
      if (JSON.stringify(sent) !== JSON.stringify(answered)) this.#differing.add(id);
    }
  }

  of(schema: z.ZodType, direction: Direction): JsonSchema {
    const { root, definitions } = this.#convert(schema, direction);
    for (const [id, definition] of Object.entries(definitions)) {
      this.#used.set(this.#nameOf(id, direction), this.#withReferences(definition, direction));
    }
    return this.#withReferences(root, direction);
  }

  /** The components referred to by the requested schemas. */
  components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** Inside an object, so that a schema with its own name becomes a reference like the others. */
  #convert(schema: z.ZodType, io: Direction): { root: JsonSchema; definitions: Record<string, JsonSchema> } {
    const made = z.toJSONSchema(z.object({ root: schema }), {
      metadata: this.#names,
      target: "draft-2020-12",
      io,
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => addDescription(zodSchema, jsonSchema),
    });
    const root = made.properties?.root;
    return {
      root: typeof root === "object" ? root : {},
      definitions: (made.$defs ?? {}) as Record<string, JsonSchema>,
    };
  }

  #nameOf(id: string, direction: Direction): string {
    return direction === "input" && this.#differing.has(id) ? `${id}Input` : id;
  }

  #withReferences(schema: JsonSchema, direction: Direction): JsonSchema {
    const text = JSON.stringify(schema, (key, value: unknown) =>
      key === "id" && this.#contracts.has(String(value)) ? undefined : value,
    );
    const rewritten = text.replaceAll(
      /"#\/\$defs\/(\w+)"/g,
      (_, id: string) => `"#/components/schemas/${this.#nameOf(id, direction)}"`,
    );
    return JSON.parse(rewritten) as JsonSchema;
  }
}

/** `.describe()` writes to zod's own registry, which ours replaces here. */
function addDescription(schema: z.core.$ZodType, json: JsonSchema): void {
  const description = z.globalRegistry.get(schema)?.description;
  if (description) json.description = description;
}

/** Every schema of the contracts under its exported name: the components of the OpenAPI document. */
function contractSchemas(): Map<string, z.ZodType> {
  const exported = MODULES.flatMap((module) => Object.entries(module));
  const schemas = exported.filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType);
  return new Map([["Problem", ProblemBody], ...schemas]);
}

const MODULES: Record<string, unknown>[] = [
  deployment,
  event,
  health,
  healthCheck,
  imageRegistry,
  page,
  phase,
  problem,
  registration,
  release,
  service,
  source,
  ssh,
  stack,
  target,
  template,
  upload,
  user,
];
