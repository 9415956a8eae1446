import type { ReleaseContext } from "../driver";

/**
 * The command that runs `args` on the host as the user that the release belongs to, in what that user may see. Whatever
 * comes out of a service's files, builds them or reads them by name, is run through it and never as Landfall's own user.
 * `ctx.release` is handed over to that user by the first one.
 */
export type Enter = (ctx: ReleaseContext, args: readonly [string, ...string[]]) => [string, ...string[]];

/** How a driver runs what is a service's own. */
export interface Cage {
  /** For what only looks. */
  look: Enter;
  /** For what installs and builds. */
  build: Enter;
  /** For asking what a service would find on the host, before it has a user. */
  nobody: (args: readonly [string, ...string[]]) => [string, ...string[]];
}
