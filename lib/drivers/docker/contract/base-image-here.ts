import { containerOf } from "@/e2e/hosts/fleet";
import { runCommand, succeeds } from "@/e2e/hosts/run-command.mjs";
import type { TestHost } from "@/e2e/hosts/test-host";

const IMAGE = "landfall-test/python";

/** The test hosts' base image on this machine's Docker, where `build: local` builds. */
export async function bringBaseImageHere({ name }: TestHost): Promise<void> {
  if (await succeeds(["docker", "image", "inspect", IMAGE])) return;
  const script = 'docker exec "$1" docker save "$2" | docker load';
  await runCommand(["sh", "-c", script, "sh", containerOf(name), IMAGE]);
}
