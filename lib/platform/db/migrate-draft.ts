import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";

let engineLoaded: Promise<void> | undefined;

interface DraftOptions {
  /** Any database: the engine requires one, but reads nothing from it. */
  databaseUrl: string;
  /** The text of schema.prisma before the change; undefined for an empty database. */
  from?: string;
  to: string;
}

/**
 * The SQL that changes one schema.prisma into the next: the draft of a migration. The engine is Prisma's own as
 * WebAssembly, because its CLI would download a program. This build cannot read an existing database.
 */
export async function draftMigration({ databaseUrl, from, to }: DraftOptions): Promise<string> {
  engineLoaded ??= loadEngine(); // once per process: its JavaScript is bound to one memory
  await engineLoaded;
  const adapters = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl }));
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [["schema.prisma", to]] },
    () => undefined,
    adapters,
  );
  try {
    const { stdout } = await schemaEngine.diff({
      from: from === undefined ? { tag: "empty" } : datamodel(from),
      to: datamodel(to),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return stdout ?? "";
  } finally {
    schemaEngine.free();
  }
}

function datamodel(content: string) {
  return { tag: "schemaDatamodel" as const, files: [{ path: "schema.prisma", content }] };
}

/** The package leaves this to a bundler: reading the binary and resolving its imports. */
async function loadEngine(): Promise<void> {
  const binary = createRequire(import.meta.url)
    .resolve("@prisma/schema-engine-wasm")
    .replace(/\.js$/, "_bg.wasm");
  const { instance } = await WebAssembly.instantiate(await readFile(binary), {
    "./schema_engine_bg.js": { ...engine },
  });
  const bindings = engine as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void };
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
}
