import { randomBytes, randomInt } from "node:crypto";

/** The server's rows, with the field names of its answers. */
export interface ProjectRow {
  projectId: string;
  name: string;
  description: string | null;
  createdAt: string;
  organizationId: string;
  env: string;
}
export interface EnvironmentRow {
  environmentId: string;
  name: string;
  description: string | null;
  createdAt: string;
  env: string;
  projectId: string;
  isDefault: boolean;
}
export type ApplicationStatus = "idle" | "running" | "done" | "error";
export interface ApplicationRow {
  applicationId: string;
  name: string;
  appName: string;
  description: string | null;
  env: string | null;
  sourceType: string;
  dockerImage: string | null;
  username: string | null;
  password: string | null;
  registryUrl: string | null;
  applicationStatus: ApplicationStatus;
  rollbackActive: boolean | null;
  rollbackRegistryId: string | null;
  healthCheckSwarm: unknown;
  replicas: number;
  createdAt: string;
  environmentId: string;
  /** The hundred fields that the stand-in ignores. */
  [field: string]: unknown;
}
export interface DomainRow {
  domainId: string;
  host: string;
  https: boolean;
  port: number | null;
  path: string | null;
  domainType: string;
  certificateType: string;
  applicationId: string | null;
  createdAt: string;
  [field: string]: unknown;
}
/** Only its place and its name: it never runs. */
export interface ComposeRow {
  composeId: string;
  name: string;
  appName: string;
  environmentId: string;
  host: string;
}
export interface MountRow {
  mountId: string;
  type: "bind" | "volume" | "file";
  hostPath: string | null;
  volumeName: string | null;
  filePath: string | null;
  content: string | null;
  serviceType: string;
  mountPath: string;
  applicationId: string | null;
}
export interface DeploymentRow {
  deploymentId: string;
  title: string;
  description: string;
  status: "running" | "done" | "error" | "cancelled";
  logPath: string;
  applicationId: string;
  createdAt: string;
  startedAt: string;
  finishedAt: string | null;
  rollbackId: string | null;
}
export interface RollbackRow {
  rollbackId: string;
  deploymentId: string;
  version: number;
  image: string;
  createdAt: string;
  fullContext: Record<string, unknown>;
}
export interface RegistryRow {
  registryId: string;
  registryName: string;
  imagePrefix: string | null;
  username: string;
  password: string;
  registryUrl: string;
  createdAt: string;
  registryType: "cloud";
  organizationId: string;
}
export interface PortRow {
  portId: string;
  publishedPort: number;
  publishMode: "ingress" | "host";
  targetPort: number;
  protocol: "tcp" | "udp";
  applicationId: string;
}

/** 21 URL-safe characters; may begin with `-` or `_`. */
export const newId = () => randomBytes(16).toString("base64url").slice(0, 21);
export const now = () => new Date().toISOString();

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
export const randomLetters = (length: number) =>
  Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");

const WORDS = ["parse", "hack", "open", "compress", "quantify", "bus", "optical", "pixel", "matrix", "feed"];
const words = () => Array.from({ length: 3 }, () => WORDS[randomInt(WORDS.length)]).join("-");

/** Always longer than the requested name, and never the same twice. */
export const newAppName = (asked: string | undefined) =>
  `${asked?.toLowerCase() ?? `app-${words()}`}-${randomLetters(6)}`;
