import type { ReleaseContext } from "../driver";
import type { Cage } from "../plan/release-source";
import { asNobody } from "../process/supervisor/cage";
import { homeDirectory, releaseLayout } from "../release-layout";
import { settingsOf } from "../settings-of";
import { buildUnitName, ownUser, USER_COMMENT } from "./names";
import { confinement } from "./service-unit";
import { SystemdSettings } from "./settings";
import { BUILD, LOOK_AS_USER } from "./unit-scripts";

/** Whom a service's units run as, and for one that is made for it, what the host's list of users says of it. */
export function userOf(ctx: ReleaseContext): { user: string; purpose: string } {
  const { user } = settingsOf(SystemdSettings, ctx);
  return user === undefined ? { user: ownUser(ctx), purpose: USER_COMMENT + ctx.serviceName } : { user, purpose: "" };
}

/** A build runs as the service itself will: as its user, in a unit that sees and may do the same. */
export const systemdCage: Cage = {
  look: (ctx, args) => {
    const { user, purpose } = userOf(ctx);
    const { directory } = releaseLayout(ctx, ctx.release.id);
    return ["sh", "-c", LOOK_AS_USER, "look", user, purpose, directory, ...args];
  },
  build: (ctx, args) => {
    const { user, purpose } = userOf(ctx);
    const { directory } = releaseLayout(ctx, ctx.release.id);
    const home = homeDirectory(ctx);
    const unit = buildUnitName(ctx.release.id);
    const run = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--service-type=exec", `--unit=${unit}`];
    const seen = [directory, home].map((path) => ({ from: path, to: path }));
    const settings = [
      ["User", user],
      ["WorkingDirectory", directory],
      ...confinement({ user, base: ctx.base, seen }).filter((setting) => setting !== null),
    ].flatMap(([name, value]) => ["--property", `${name}=${value}`]);
    return ["sh", "-c", BUILD, "build", unit, user, purpose, directory, home, ...run, ...settings, "--", ...args];
  },
  nobody: asNobody,
};
