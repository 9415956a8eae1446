import { authorize } from "@/lib/contracts/authorize";
import { can } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import {
  type DriverKind,
  type Environment,
  NewService,
  type ServiceChange,
  type Source,
} from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type Tx, transaction } from "@/lib/db/client";
import { type IdempotencyOptions, once } from "@/lib/db/idempotency";
import { findDeployerTarget } from "@/lib/targets/target-store";
import { replaceEnvironmentIn } from "./change-environment";
import { changeServiceIn } from "./change-service";
import { createServiceIn } from "./create-service";
import { wrongField } from "./draft-fields";
import { lockServiceName, lockServiceRow, type ServiceRow } from "./service-store";

/** For clients that say what they want of a service every time and do not know whether it is there. */
export type ServicePut = ServiceChange & {
  name: string;
  driver: DriverKind;
  source: Source;
  port: number;
  /** Where a new one goes (findDeployerTarget when absent); one that is there cannot be moved. */
  target?: string;
  /** Replaces the whole environment; absent leaves it as it is. */
  environment?: Environment;
};

/** Makes the service, or makes the one of that name like this: it and its environment, or nothing. */
export async function putService(put: ServicePut, actor: Actor, options?: IdempotencyOptions): Promise<void> {
  authorize(actor, "service:create");
  const make = async (tx: Tx) => ({ subjectId: await makeOrChange(tx, put, actor) });
  await transaction((tx) => once(tx, actor, ownKey(options), () => make(tx)));
}

/** The caller's key belongs to the deployment that follows; no caller's key has a space. */
function ownKey(options: IdempotencyOptions | undefined): IdempotencyOptions | undefined {
  return options?.idempotencyKey === undefined
    ? options
    : { ...options, idempotencyKey: `${options.idempotencyKey} service` };
}

async function makeOrChange(
  tx: Tx,
  { name, target, environment, ...change }: ServicePut,
  actor: Actor,
): Promise<string> {
  await lockServiceName(tx, name);
  const service = await lockServiceRow(tx, name);
  if (!service) {
    const place = target ?? (await findDeployerTarget(change.driver))?.name;
    return createServiceIn(tx, NewService.parse({ name, target: place, environment, ...change }), actor);
  }
  refuseForeign(service, actor);
  refuseMove(service, target);
  await changeServiceIn(tx, service, change, actor);
  if (environment) await replaceEnvironmentIn(tx, service, environment, actor);
  return service.id;
}

/** Names are unique among all owners, so somebody else's is taken and not absent. */
function refuseForeign(service: ServiceRow, actor: Actor): void {
  if (can(actor, "service:update", service)) return;
  const { name } = service;
  throw new Problem("name-taken", { params: { name }, fields: [wrongField(["name"], "name-taken")] });
}

function refuseMove(service: ServiceRow, target: string | undefined): void {
  if (target === undefined || target === service.target.name) return;
  throw new Problem("invalid-request", {
    fields: [wrongField(["target"], "cannot-be-moved", { target: service.target.name })],
  });
}
