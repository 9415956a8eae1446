/** A JSON document that is folded away until somebody wants it. */
export function JsonBlock({ title, value }: { title: string; value: unknown }) {
  return (
    <details id={`schema-${title}`} className="border-t first:border-t-0">
      <summary className="flex min-h-(--row-height) cursor-pointer items-center px-4 font-mono text-sm hover:bg-subtle">
        {title}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard */}
      <pre tabIndex={0} className="overflow-x-auto px-4 pb-4 text-sm">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}
