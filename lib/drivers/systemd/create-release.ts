import { join } from "node:path";
import { type Fact, fact } from "@/lib/contracts/fact";
import { Problem } from "@/lib/contracts/problem";
import type { CommandResult } from "@/lib/hosts/host";
import { revealAll } from "@/lib/platform/secrets/secret";
import type { ReleaseContext } from "../driver";
import { detect } from "../plan/detect";
import { releaseEnvironment } from "../plan/release-environment";
import { releaseSource } from "../plan/release-source";
import { releaseLayout } from "../release-layout";
import type { Binding } from "../runner";
import { settingsOf } from "../settings-of";
import { environmentFile } from "../unit-syntax";
import { systemdCage, userOf } from "./cage";
import { journalName, unitName } from "./names";
import { environmentFileOf, volumesDirectory } from "./paths";
import { script, whatWentWrong } from "./script";
import { type ServiceUnit, serviceUnit } from "./service-unit";
import { SystemdSettings } from "./settings";
import { CREATE, UNIT_EXIT } from "./unit-scripts";

/** Makes the unit of `ctx.release`, and the service's own user, and starts it. */
export async function createRelease(ctx: ReleaseContext, binding: Binding): Promise<Fact> {
  const settings = settingsOf(SystemdSettings, ctx);
  const plan = await detect(releaseSource(ctx, systemdCage.look), settings);
  const environment = environmentFile(ownEnvironment(ctx, await releaseEnvironment(ctx, plan), settings));
  const unit = unitOf(ctx, binding, { ...settings, command: plan.start });
  const started = performance.now();
  const result = await script(
    ctx,
    CREATE,
    [
      unitName(ctx, ctx.release.id),
      unit.user,
      userOf(ctx).purpose,
      unit.directory,
      unit.environmentFile,
      String(Buffer.byteLength(environment)),
      ...unit.volumes.map(({ from }) => from),
    ],
    { stdin: environment + serviceUnit(unit), signal: ctx.signal },
  );
  failUnlessStarted(result);
  ctx.log(`$ ${plan.start}`);
  logLimits(ctx, settings, new Set(result.stdout.split("\n")));
  return fact("unit-started", { unit: unitName(ctx, ctx.release.id), took: performance.now() - started });
}

function unitOf(
  ctx: ReleaseContext,
  binding: Binding,
  { command, memoryMb, cpus }: SystemdSettings & { command: string },
): ServiceUnit {
  return {
    serviceName: ctx.serviceName,
    releaseId: ctx.release.id,
    journalName: journalName(ctx),
    base: ctx.base,
    directory: releaseLayout(ctx, ctx.release.id).directory,
    command,
    environmentFile: environmentFileOf(ctx, ctx.release.id),
    binding,
    user: userOf(ctx).user,
    memoryMb,
    cpus,
    volumes: ctx.spec.volumes.map(({ name, path }) => ({ from: join(volumesDirectory(ctx), name), to: path })),
  };
}

/** What the one who deploys is called and where that one lives is not the service's; the port is in the unit. */
const NOT_ITS_OWN = new Set(["HOME", "LOGNAME", "USER", "SHELL", "PORT"]);

function ownEnvironment(
  ctx: ReleaseContext,
  environment: Readonly<Record<string, string>>,
  { user }: SystemdSettings,
): Record<string, string> {
  const { PORT: _, ...asked } = revealAll(ctx.environment);
  const given = Object.entries(environment).filter(([name]) => !NOT_ITS_OWN.has(name));
  // A user of the host's has a home that systemd knows; the service's own has none but the release.
  const home = user === undefined ? [["HOME", releaseLayout(ctx, ctx.release.id).directory]] : [];
  return Object.fromEntries([...home, ...given, ...Object.entries(asked)]);
}

function failUnlessStarted(result: CommandResult): void {
  if (result.exitCode === 0) return;
  const code = result.exitCode === UNIT_EXIT.invalid ? "unit-invalid" : "start-failed";
  throw new Problem(code, { detail: whatWentWrong(result) });
}

function logLimits(ctx: ReleaseContext, { memoryMb, cpus }: SystemdSettings, kept: ReadonlySet<string>): void {
  if (kept.has("unknown")) return;
  const asked = [...(memoryMb === undefined ? [] : ["memory"]), ...(cpus === undefined ? [] : ["cpu"])];
  for (const limit of asked)
    ctx.log(
      kept.has(limit)
        ? `the ${limit} limit is kept by systemd`
        : `this host offers no way to limit ${limit}: the release runs without`,
    );
}
