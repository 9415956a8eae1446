/**
 * `npm run sbom`: Landfall's components as CycloneDX JSON on standard output, as npm reads the lockfile. With a folder
 * (of scripts/image/assemble.mjs) only the packages in it.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../install.mjs";

const [folder] = process.argv.slice(2);
const options = ["--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev"];
const bill = JSON.parse(
  execFileSync("npm", ["sbom", ...options], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 256 * 1024 ** 2,
    stdio: ["ignore", "pipe", "ignore"],
  }),
);
const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
bill.metadata.component.name = name; // npm uses the folder's name
bill.metadata.component.type = "application";
if (folder) keepOnly(packagesIn(join(folder, "node_modules")));
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);

/** @param {Set<string>} there */
function keepOnly(there) {
  const isThere = (/** @type {string} */ ref) => there.has(ref) || ref === bill.metadata.component["bom-ref"];
  bill.components = bill.components.filter((/** @type {{ "bom-ref": string }} */ one) => isThere(one["bom-ref"]));
  bill.dependencies = bill.dependencies
    .filter((/** @type {{ ref: string }} */ { ref }) => isThere(ref))
    .map((/** @type {{ ref: string, dependsOn?: string[] }} */ one) => ({
      ...one,
      dependsOn: (one.dependsOn ?? []).filter(isThere),
    }));
}

/** `name@version` of every package below a node_modules. @param {string} modules @returns {Set<string>} */
function packagesIn(modules) {
  const files = readdirSync(modules, { recursive: true, encoding: "utf8" });
  const manifests = files.filter((file) => /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(file));
  const found = manifests.map((file) => JSON.parse(readFileSync(join(modules, file), "utf8")));
  return new Set(found.map(({ name, version }) => `${name}@${version}`));
}
