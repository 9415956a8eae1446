import { authorize } from "@/lib/contracts/authorize";
import { authorizeDeploy } from "@/lib/contracts/grants";
import { HealthCheck } from "@/lib/contracts/health-check";
import { Problem } from "@/lib/contracts/problem";
import type { NewService, ServiceDetail } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { audit } from "@/lib/platform/audit/audit";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { findDefaultTarget, lockTarget } from "@/lib/targets/target-store";
import { findWrongFields, refuseWrongFields, reserveSource } from "./draft-fields";
import { chooseSecrets } from "./environment-commands";
import { insertEnvironment } from "./environment-store";
import { findVolumeScope, foreignVolumeErrors } from "./kept-volumes";
import { findTakenFields, hostErrors } from "./place-fields";
import { healthPathOf, type ServiceDraft } from "./service-row";
import { findServiceDetail, insertService, lockServiceName } from "./service-store";

/** Stores a service's configuration; nothing runs until a deployment is requested. */
export async function createService(
  input: NewService,
  actor: Actor,
  options?: IdempotencyOptions,
): Promise<ServiceDetail> {
  authorize(actor, "service:create");
  const { subjectId } = await transaction((tx) =>
    once(tx, actor, options, async () => ({ subjectId: await createServiceIn(tx, input, actor) })),
  );
  const created = await findServiceDetail(subjectId);
  if (!created) throw new Problem("not-found");
  return created;
}

/** The same in the caller's transaction; returns the new service's id. */
export async function createServiceIn(tx: Tx, input: NewService, actor: Actor): Promise<string> {
  const ownerId = ownerOf(actor);
  const draft = draftOf(input);
  await lockServiceName(tx, input.name);
  const target = await lockTarget(tx, await targetName(input));
  const deployer = { actor, ownerRole: actor.role };
  if (target) authorizeDeploy(deployer, target);
  const wrong = [
    ...(await findWrongFields({ ...draft, environment: secretsOf(input.environment) }, { ...deployer, target })),
    ...(await hostErrors(tx, target?.id, draft)),
    ...(await findTakenFields(
      { newName: input.name, driver: input.driver, port: input.port, domain: draft.domain, target },
      tx,
    )),
    ...(await foreignVolumeErrors(tx, draft, ownerId)),
  ];
  refuseWrongFields(wrong, { name: input.name, port: input.port, target: target?.name ?? "" });
  if (!target) throw new Problem("not-found");

  await reserveSource(tx, draft.source);
  const volumeScope = await findVolumeScope(tx, { name: input.name, ownerId, targetId: target.id });
  const id = await insertService(tx, input.name, ownerId, target.id, { ...draft, volumeScope });
  const names = Object.keys(input.environment);
  if (names.length > 0) await insertEnvironment(tx, id, secretsOf(input.environment), actor);
  await chooseSecrets(tx, { id, name: input.name }, input.secret, actor);
  const { driver, port, source } = draft;
  await audit(
    tx,
    actor,
    "service.create",
    { type: "service", id, name: input.name },
    { target: target.name, driver, port, source, environment: names },
  );
  return id;
}

function ownerOf(actor: Actor): string {
  if (actor.id === null) throw new Problem("forbidden", { detail: "a service belongs to a person" });
  return actor.id;
}

function draftOf(input: NewService): ServiceDraft {
  const { driver, source, settings, port, volumes, autoRegister } = input;
  const { domain = null, dropletId = null } = input;
  return {
    driver,
    source,
    settings,
    port,
    ...healthPathOf(input.healthPath),
    health: HealthCheck.parse(input.health),
    domain,
    volumes,
    dropletId,
    autoRegister,
  };
}

async function targetName({ target }: NewService): Promise<string> {
  return target ?? (await findDefaultTarget())?.name ?? "";
}
