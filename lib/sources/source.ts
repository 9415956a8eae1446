import type { GitAddress } from "@/lib/contracts/git-source";
import type { Deployer, GrantingTarget } from "@/lib/contracts/grants";
import type { ProblemParams } from "@/lib/contracts/problem";
import type { RevisionOf, Source, SourceDescription, SourceKind, SourceOf } from "@/lib/contracts/source";
import type { Tx } from "@/lib/platform/db/client";
import type { GitAccess } from "./git/git";

/**
 * A kind of source: how its settings are checked, which revision a deployment gets, and how that becomes a folder. The
 * settings themselves are in lib/contracts/source.ts, because the browser needs them too.
 */
export interface SourceProvider<Kind extends SourceKind = SourceKind> {
  /** Checks the settings when a service is saved. Changes nothing. */
  check(source: SourceOf<Kind>, context: CheckContext): Promise<SourceFinding[]>;

  /** Prevents the removal of what the source refers to. Runs in the transaction that saves the service. */
  reserve?(source: SourceOf<Kind>, tx: Tx): Promise<SourceFinding[]>;

  /**
   * The revision to deploy, for the kinds that have one. A worker resolves it once, before the source is first read,
   * and stores it: a worker that takes over deploys the same revision. Rejects with `source-missing`.
   */
  resolve?(source: SourceOf<Kind>, context: ReadContext): Promise<RevisionOf<Kind>>;

  /**
   * The files of the revision as a folder on this machine, for the kinds that provide files. The folder may be shared
   * with other deployments and processes: treat it as read-only. Rejects with a Problem of its kind, or `storage-full`.
   */
  materialise?(
    source: SourceOf<Kind>,
    revision: RevisionOf<Kind>,
    context: MaterialiseContext,
  ): Promise<MaterialisedSource>;

  /** The source as the history shows it. The revision is null before it was resolved. */
  describe(source: SourceOf<Kind>, revision: RevisionOf<Kind> | null): SourceDescription;

  /** Removes from this machine and the database what no service and no deployment needs. Workers call it every hour. */
  prune?(): Promise<void>;
}

/** A wrong setting of a source: a problem code or one of the `fields` messages. */
export interface SourceFinding {
  setting: string;
  code: string;
  params?: ProblemParams;
}

/** Who saves the service, its owner, and its target. */
export interface CheckContext extends Deployer {
  /** Null where the target is not known: then a member is told nothing about a target's grants. */
  target: Pick<GrantingTarget, "grants"> | null;
  /** The service's current source; `unknown` where the service was not read. */
  before?: Source | "unknown";
  /** Whether a host, which may have a port, is this machine or the metadata service of its cloud. */
  leadsInward(host: string): Promise<boolean>;
}

export interface ReadContext {
  signal: AbortSignal;
  reader: SourceReader;
}

/** For whom a source is read: what it may reach, and with what. */
export interface SourceReader {
  /** An administrator's service may name servers in private networks. */
  isAdministrator: boolean;
  /** What a Git server is read with: only what was given for that server. */
  gitAccess(address: GitAddress): Promise<GitAccess>;
  /** The commit to deploy; the newest of the branch when absent. */
  commit?: string | undefined;
  /** A line for the deployment's log. */
  log(line: string): void;
}

/** Reads what everybody on the Internet may read. */
export const ANYBODY: SourceReader = {
  isAdministrator: false,
  gitAccess: async () => ({ hostKeys: [] }),
  log: () => {},
};

export interface MaterialiseContext extends ReadContext, FolderRequest {}

/** What a phase says that needs the files of a source. */
export interface FolderRequest {
  signal: AbortSignal;
  /** The folders of this machine that the service may be deployed from. */
  roots: readonly string[];
  /** Called before anything is written. Throws when there is not enough space. */
  hasRoom?: ((need: RoomNeed) => Promise<void>) | undefined;
}

export interface RoomNeed {
  path: string;
  /** Null for an unknown size. */
  bytes: number | null;
  /** The noun for the log: "the unpacked archive". */
  what: string;
}

export interface MaterialisedSource {
  folder: string;
  /** Files of the source that are not in the folder. `names` may have only the first of them. */
  leftOut: { why: string; count: number; names: readonly string[] } | null;
}
