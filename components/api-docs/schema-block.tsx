import { schemaText } from "./schema-text";

/** A schema that is folded away until somebody wants it. */
export function SchemaBlock({ name, schema }: { name: string; schema: unknown }) {
  return (
    <details id={`schema-${name}`} className="border-t first:border-t-0">
      <summary className="flex min-h-(--row-height) cursor-pointer items-center px-4 font-mono text-sm hover:bg-subtle">
        {name}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard */}
      <pre tabIndex={0} className="overflow-x-auto px-4 pb-4 text-sm">
        {schemaText(schema)}
      </pre>
    </details>
  );
}
