/** A column that holds sealed texts, by the names that SQL has for it. Every such table has an `id`. */
export interface SealedColumn {
  table: string;
  column: string;
}

/** All of them: a test compares this list with the schema. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "environment_revision", column: "sealed" },
  { table: "target", column: "sealed_secrets" },
  { table: "stack_template", column: "sealed_environment" },
  { table: "image_registry", column: "sealed_password" },
  { table: "totp", column: "sealed_secret" },
];
