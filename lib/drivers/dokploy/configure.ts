import { verbatim } from "@/lib/contracts/fact";
import { configurationOf, pinnedImage, wantedConfiguration } from "./configuration";
import { deployAndFollow, type Followed } from "./follow-deployment";
import { forgetUnborn, keepMounts, recordVolumes } from "./mounts";
import {
  ApplicationReceipt,
  applicationOf,
  ConfigurationReceipt,
  FollowedDeployment,
  restoresPrevious,
} from "./receipts";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";
import { StackProbes } from "./stack-probes";
import { untilSteady } from "./until-steady";

/** Image, sign-in, variables, limits and volumes. They take effect with the next deployment there. */
export const configurePhase: StackPhase = {
  key: "configuring_application",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const { applicationId } = applicationOf(ctx);
    const begun = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data;
    const isUncertain = begun !== undefined;
    const { volumes } = ctx.spec;
    const newVolumes = [...new Set([...(begun?.newVolumes ?? []), ...(await recordVolumes(ctx, volumes))])];
    await ctx.saveReceipt({ newVolumes, isUncertain });
    const configuration = await configurationOf(ctx, wantedConfiguration(ctx));
    await Promise.all([
      ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal),
      keepMounts(ctx, applicationId, volumes, { isUncertain }),
    ]);
    return { receipt: { newVolumes, isUncertain }, facts: [verbatim(configuration.image)] };
  },
  async undo(ctx) {
    if (restoresPrevious(ctx)) return putBack(ctx);
    const { newVolumes = [] } = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data ?? {};
    const { appName } = ApplicationReceipt.safeParse(ctx.receiptOf("creating_application")).data ?? {};
    if (appName) await forgetUnborn(ctx, appName, newVolumes);
  },
};

/** The previous configuration is written down again and, once the new one was given to the swarm, deployed again. */
async function putBack(ctx: StackContext): Promise<void> {
  const { previous } = ctx;
  const { applicationId, appName } = applicationOf(ctx);
  // A repair changed nothing: it deployed what was there.
  if (!previous || previous.id === ctx.release.id || !(await ctx.dokploy.findApplication(applicationId, ctx.signal)))
    return;
  const configuration = await configurationOf(ctx, {
    image: pinnedImage(previous.spec, previous.artifact),
    spec: previous.spec,
    environment: await ctx.previousEnvironment(),
  });
  await ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal);
  await keepMounts(ctx, applicationId, previous.spec.volumes, { isUncertain: true });
  const begun = FollowedDeployment.safeParse(ctx.receiptOf("deploying")).data;
  if (!begun) return;

  ctx.log(`restores ${configuration.image}`);
  const receipt = ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data;
  const followed = await deployAndFollow(ctx, {
    applicationId,
    appName,
    title: `Landfall ${ctx.deploymentId} back`,
    image: configuration.image,
    followed: receipt?.followed,
    keep: (kept: Followed) => ctx.saveReceipt({ ...receipt, followed: kept }),
  });
  // One that did not answer before either cannot be waited for.
  if (begun.probes?.isSilent) return;
  const { image } = configuration;
  const watched = { applicationId, appName, image, knownTasks: followed.knownTasks, askedAt: followed.askedAt };
  const { health } = previous.spec;
  await untilSteady(ctx, watched, new StackProbes(ctx, previous.spec), {
    ...health,
    steadyMs: health.stabilityMs,
    mayBeOld: true,
  });
}
