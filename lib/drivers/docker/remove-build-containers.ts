import type Docker from "dockerode";
import { unless } from "@/lib/platform/docker/engine-problem";
import { buildMark } from "./names";

/** What a daemon that ended in the middle of a release's build had no time to take away. */
export async function removeBuildContainers(engine: Docker, releaseId: string): Promise<void> {
  const stopped = await engine.listContainers({ all: true, filters: { status: ["created", "exited", "dead"] } });
  const mark = `${buildMark(releaseId)}:`;
  for (const { Id } of stopped) {
    const found = await unless([404], engine.getContainer(Id).inspect());
    const hosts: string[] = found?.HostConfig.ExtraHosts ?? [];
    const isOurs = hosts.some((host) => host.startsWith(mark));
    if (isOurs) await unless([404, 409], engine.getContainer(Id).remove({ force: true, v: true }));
  }
}
