/** What a server version has and lacks. Procedures that are not listed here always existed. */
const SINCE: Readonly<Record<string, string>> = {
  "rollback.rollback": "0.23.0",
  "rollback.delete": "0.23.0",
  "environment.byProjectId": "0.25.0",
  "environment.one": "0.25.0",
  "environment.create": "0.25.0",
  "environment.remove": "0.25.0",
  "mounts.listByServiceId": "0.28.0",
  "project.search": "0.28.3",
  "application.search": "0.28.3",
  "deployment.queueList": "0.28.3",
  "application.readLogs": "0.29.0",
  "deployment.readLogs": "0.29.5",
  "overview.domains": "0.30.0",
  "dockerVolume.removeVolume": "0.30.0",
  "docker.readContainerFile": "0.30.0",
};

export class Version {
  /** `text` in the server's format: "v0.30.2". */
  constructor(readonly text: string) {}

  isAtLeast(version: string): boolean {
    return ordinal(this.text) >= ordinal(version);
  }
  has(procedure: string): boolean {
    return this.isAtLeast(SINCE[procedure] ?? "0.0.0");
  }
}

function ordinal(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.replace(/^v/, "").split(".").map(Number);
  return (major * 1_000 + minor) * 1_000 + patch;
}
