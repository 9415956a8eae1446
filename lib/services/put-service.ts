import { authorize } from "@/lib/contracts/authorize";
import { can } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import {
  type DriverKind,
  DriverSettings,
  type Environment,
  NewService,
  type ServiceChange,
} from "@/lib/contracts/service";
import type { Source } from "@/lib/contracts/source";
import type { Actor } from "@/lib/contracts/user";
import { type Tx, transaction } from "@/lib/platform/db/client";
import { type IdempotencyOptions, once } from "@/lib/platform/db/idempotency";
import { secretsOf } from "@/lib/platform/secrets/secret";
import { findDeployerTarget } from "@/lib/targets/target-store";
import { changeServiceIn, changesOf } from "./change-service";
import { createServiceIn } from "./create-service";
import { wrongField } from "./draft-fields";
import { replaceEnvironmentIn } from "./environment-commands";
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

/**
 * Makes the service, or makes the one of that name like this: it and its environment, or nothing. Whoever may only deploy
 * it says what it is already.
 */
export async function putService(put: ServicePut, actor: Actor, options?: IdempotencyOptions): Promise<void> {
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
    authorize(actor, "service:create");
    const place = target ?? (await findDeployerTarget(change.driver))?.name;
    return createServiceIn(tx, NewService.parse({ name, target: place, environment, ...change }), actor);
  }
  const isChanger = can(actor, "service:update", service);
  if (!isChanger && !can(actor, "deployment:create", service)) throw foreign(service, actor);
  refuseMove(service, target);
  // What it does not name of the health check and the settings stays as it is.
  const health = change.health && { ...service.draft.health, ...change.health };
  const settings = change.settings && { ...DriverSettings.parse(service.draft.settings), ...change.settings };
  const whole = { ...change, ...(health && { health }), ...(settings && { settings }) };
  if (!isChanger) refuseChange(Object.keys(changesOf(service, whole)), environment);
  await changeServiceIn(tx, service, whole, actor);
  if (environment) await replaceEnvironmentIn(tx, service, secretsOf(environment), actor);
  return service.id;
}

/** Names are unique among all owners, so somebody else's is taken and not absent. */
function foreign({ name }: ServiceRow, actor: Actor): Problem {
  authorize(actor, "service:create");
  return new Problem("name-taken", { params: { name }, fields: [wrongField(["name"], "name-taken")] });
}

/** Whether variables are the same is not said: it would tell their values to whoever guesses. */
function refuseChange(changed: readonly string[], environment: Environment | undefined): void {
  const names = [...changed, ...(environment ? ["environment"] : [])];
  if (names.length === 0) return;
  throw new Problem("forbidden", { fields: names.map((name) => wrongField(FIELD_OF[name] ?? [name], "deploys-only")) });
}

/** Where a request has the one thing that a draft holds whole. */
const FIELD_OF: Partial<Record<string, string[]>> = { source: ["source", "path"] };

function refuseMove(service: ServiceRow, target: string | undefined): void {
  if (target === undefined || target === service.target.name) return;
  throw new Problem("invalid-request", {
    fields: [wrongField(["target"], "cannot-be-moved", { target: service.target.name })],
  });
}
