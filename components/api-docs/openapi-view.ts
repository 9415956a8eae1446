/** What the page reads of an OpenAPI document; the document itself is made on the server. */
export interface DocumentView {
  paths: Record<string, Record<string, OperationView>>;
  components: { schemas: Record<string, unknown> };
}
export interface OperationView {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters: { name: string; in: string; required: boolean; description?: string; schema: unknown }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}
type Content = Record<string, { schema: unknown }>;

export interface Entry {
  method: string;
  path: string;
  operation: OperationView;
}

/** By the first part of their path, as the document has them. */
export function byTag({ paths }: DocumentView): [string, Entry[]][] {
  const entries = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return [...Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? "api")];
}

/** A schema in the few words that fit a table: "string", "uuid", "a | b", "DeploymentView[]". */
export function shortType(schema: unknown): string {
  const { $ref, type, format, enum: values, anyOf, items, const: only } = (schema ?? {}) as Record<string, unknown>;
  if (typeof $ref === "string") return $ref.split("/").at(-1) ?? "object";
  if (Array.isArray(values)) return values.join(" | ");
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(shortType))].join(" | ");
  if (type === "array") return `${shortType(items)}[]`;
  return String(format ?? type ?? "any");
}
