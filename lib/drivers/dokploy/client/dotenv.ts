import { Problem } from "@/lib/contracts/problem";
import { revealAll, Secret, type Secrets } from "@/lib/platform/secrets/secret";

/** The dotenv text that a Dokploy server parses to exactly these values. Throws environment-unwritable. */
export function toDotenv(environment: Secrets): Secret {
  const text = Object.entries(revealAll(environment))
    .map(([name, value]) => `${name}=${written(name, value)}`)
    .join("\n");
  return new Secret(text);
}

/** The server's parser has no escapes, so each value gets quotes that it does not contain. */
function written(name: string, value: string): string {
  const refusal = new Problem("environment-unwritable", { params: { name } });
  if (value.includes("\r") || value.includes("${{")) throw refusal;
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  if (!value.endsWith("\\")) {
    if (!value.includes("'")) return `'${value}'`;
    if (!value.includes("`")) return `\`${value}\``;
  }
  if (!/["\\]/.test(value)) return `"${value}"`;
  const isPlain = !/[\n#]/.test(value) && value === value.trim() && !/^['"`]/.test(value);
  if (isPlain) return value;
  throw refusal;
}
