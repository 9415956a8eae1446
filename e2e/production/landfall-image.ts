import { runCommand } from "../hosts/run-command.mjs";
import { ensureBaseImages } from "./base-images";
import { withProcessors } from "./with-processors";

const BUILD_WITHIN_MS = 25 * 60_000;
export const TEST_VERSION = "9.9.9-test";
export const TEST_COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * Landfall's image of this clone, by its own recipe. Test files request it concurrently: the first one builds, and
 * Docker's cache serves the others. Returns its id: a test that follows docs/install.md gives the tag to an image of its
 * own. LANDFALL_TEST_IMAGE=1 uses the last built image, whatever the
 * clone is now.
 */
export async function buildLandfallImage(tag = "landfall:latest"): Promise<string> {
  return withProcessors(async () => {
    if (process.env.LANDFALL_TEST_IMAGE !== "1") await build(tag);
    return (await runCommand(["docker", "image", "inspect", "--format", "{{.Id}}", tag])).trim();
  });
}

async function build(tag: string): Promise<void> {
  const { node } = await ensureBaseImages();
  const values = { NODE_IMAGE: node, VERSION: TEST_VERSION, COMMIT: TEST_COMMIT };
  const options = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const command = ["docker", "build", "--network=host", "--file", "Dockerfile.prod", ...options, "--tag", tag, "."];
  await runCommand(command, { timeoutMs: BUILD_WITHIN_MS });
}
