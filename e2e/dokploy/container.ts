import type { Behaviour } from "./image";

export interface ContainerSpec {
  name: string;
  image: string;
  behaviour: Behaviour;
  environment: Record<string, string>;
  volumes: { name: string; path: string }[];
  hasHealthCheck: boolean;
}
export interface RunningContainer {
  /** Where its port answers, or undefined while it does not listen there. */
  address(containerPort: number): { host: string; port: number } | undefined;
  output(): string;
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number>;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}
/** Where containers run: as processes, or with Docker. */
export interface Runtime {
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** Volumes that exist; they outlive their containers. */
  volumes(): string[];
  /** False when there is none of that name. */
  removeVolume(name: string): Promise<boolean>;
  close(): Promise<void>;
}
