import { createHash } from "node:crypto";
import { type ApplicationRow, type DeploymentRow, newId, now } from "./rows";
import type { Server } from "./server";
import { applicationView } from "./views";

/** An image always has the same digest. */
export const digestOf = (image: string) => `sha256:${createHash("sha256").update(image).digest("hex")}`;

/** After a deployment with a rollback registry: a copy of the image there, and a record for the rollback. */
export function pushForRollback(
  { state, version }: Server,
  row: DeploymentRow,
  application: ApplicationRow,
  log: (text: string) => void,
): void {
  const registry = state.registries.get(application.rollbackRegistryId ?? "");
  const deployments = state.deploymentsOf(application.applicationId).map(({ deploymentId }) => deploymentId);
  if (!registry || !deployments.includes(row.deploymentId)) return;
  const earlier = [...state.rollbacks.values()].filter(({ deploymentId }) => deployments.includes(deploymentId));
  const number = Math.max(0, ...earlier.map((one) => one.version)) + 1;
  const { appName } = application;
  const rollbackId = newId();
  state.rollbacks.set(rollbackId, {
    ...{
      rollbackId,
      deploymentId: row.deploymentId,
      version: number,
      image: `${appName}:v${number}`,
      createdAt: now(),
    },
    fullContext: contextOf(applicationView(state, application, version), registry),
  });
  row.rollbackId = rollbackId;
  const repository = `${registry.registryUrl}/${registry.imagePrefix || registry.username}/${appName}`;
  log("🔄 [Enabled Rollback Registry]\n");
  log(`📦 [Enabled Registry] Uploading image to 'cloud' | '${repository}:v${number}'\nLogin Succeeded\n`);
  log(`✅ Registry Login Success\n✅ Image Tagged\nThe push refers to repository [${repository}]\n`);
  log(`v${number}: digest: ${digestOf(String(application.dockerImage))} size: 527\n✅ Image Pushed\n`);
}

/** The application with its secrets, and the registry with its password. */
function contextOf(view: Record<string, unknown>, rollbackRegistry: object): Record<string, unknown> {
  const { deployments: _, gitlab: __, github: ___, bitbucket: ____, gitea: _____, ...context } = view;
  return { ...context, rollbackRegistry };
}
