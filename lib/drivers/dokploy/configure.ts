import { configurationOf, pinnedImage, wantedConfiguration } from "./configuration";
import { deployAndFollow, type Followed } from "./follow-deployment";
import { keepMounts } from "./mounts";
import { applicationOf, ConfigurationReceipt, FollowedDeployment, restoresPrevious } from "./receipts";
import { type StackContext, type StackPhase, UNDO_DEADLINE_MS } from "./stack-phase";
import { StackProbes } from "./stack-probes";
import { untilHealthy } from "./until-healthy";

/** Image, sign-in, variables, limits and volumes. They take effect with the next deployment there. */
export const configurePhase: StackPhase = {
  key: "configuring_application",
  repeatable: true,
  undoDeadlineMs: UNDO_DEADLINE_MS,
  async run(ctx) {
    const { applicationId } = applicationOf(ctx);
    const configuration = await configurationOf(ctx, wantedConfiguration(ctx));
    await ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal);
    await keepMounts(ctx, applicationId, ctx.spec.volumes);
    return { receipt: {}, detail: configuration.image };
  },
  async undo(ctx) {
    if (restoresPrevious(ctx)) await putBack(ctx);
  },
};

/** What served before is written down again and, once the new one was given to the swarm, deployed again. */
async function putBack(ctx: StackContext): Promise<void> {
  const { previous } = ctx;
  const { applicationId, appName } = applicationOf(ctx);
  if (!previous || !(await ctx.dokploy.findApplication(applicationId, ctx.signal))) return;
  const configuration = await configurationOf(ctx, {
    image: pinnedImage(previous.spec, previous.artifact),
    spec: previous.spec,
    environment: await ctx.previousEnvironment(),
  });
  await ctx.dokploy.configureApplication(applicationId, configuration, ctx.signal);
  await keepMounts(ctx, applicationId, previous.spec.volumes);
  if (!FollowedDeployment.safeParse(ctx.receiptOf("deploying")).success) return;

  ctx.log(`puts ${configuration.image} back`);
  const followed = await deployAndFollow(ctx, {
    applicationId,
    appName,
    title: `Landfall ${ctx.deploymentId} back`,
    image: configuration.image,
    followed: ConfigurationReceipt.safeParse(ctx.receiptOf("configuring_application")).data?.followed,
    keep: (kept: Followed) => ctx.saveReceipt({ followed: kept }),
  });
  const { image } = configuration;
  const watched = { applicationId, appName, image, knownTasks: followed.knownTasks };
  await untilHealthy(ctx, watched, new StackProbes(ctx, previous.spec));
}
