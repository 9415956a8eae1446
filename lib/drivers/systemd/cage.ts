import type { ReleaseContext } from "../driver";
import type { Cage } from "../plan/release-source";
import { asNobody } from "../process/supervisor/cage";
import { homeDirectory, releaseLayout } from "../release-layout";
import { settingsOf } from "../settings-of";
import { buildUnitName, ownUser, USER_COMMENT } from "./names";
import { unitCommand } from "./programs";
import { confinement } from "./service-unit";
import { SystemdSettings } from "./settings";

/** The user that a service's units run as; for a user created for the service, `purpose` is its comment in /etc/passwd. */
export function userOf(ctx: ReleaseContext): { user: string; purpose: string } {
  const { user } = settingsOf(SystemdSettings, ctx);
  return user === undefined ? { user: ownUser(ctx), purpose: USER_COMMENT + ctx.serviceName } : { user, purpose: "" };
}

/** A build runs as the service itself will: as its user, in a unit with the same view and the same permissions. */
export const systemdCage: Cage = {
  look: (ctx, args) => {
    const { user, purpose } = userOf(ctx);
    const { directory } = releaseLayout(ctx, ctx.release.id);
    return unitCommand("as-user", [user, purpose, directory, ...args]);
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
    return unitCommand("build", [unit, user, purpose, directory, home, ...run, ...settings, "--", ...args]);
  },
  nobody: asNobody,
};
