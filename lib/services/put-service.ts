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

/** For clients that send a service's complete configuration, whether or not it exists. */
export type ServicePut = ServiceChange & {
  name: string;
  driver: DriverKind;
  source: Source;
  port: number;
  /** The target of a new service (findDeployerTarget when absent); an existing one cannot be moved. */
  target?: string;
  /** Replaces the whole environment; when absent, it stays unchanged. */
  environment?: Environment;
};

/**
 * Creates the service or changes the existing one, together with its environment or not at all. A caller who may only
 * deploy must send its current configuration.
 */
export async function putService(put: ServicePut, actor: Actor, options?: IdempotencyOptions): Promise<void> {
  const make = async (tx: Tx) => ({ subjectId: await makeOrChange(tx, put, actor) });
  await transaction((tx) => once(tx, actor, ownKey(options), () => make(tx)));
}

/** The caller's key is for the deployment that follows. A caller's key never has a space. */
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
  // Absent fields of the health check and the settings stay unchanged.
  const health = change.health && { ...service.draft.health, ...change.health };
  const settings = change.settings && { ...DriverSettings.parse(service.draft.settings), ...change.settings };
  const whole = { ...change, ...(health && { health }), ...(settings && { settings }) };
  if (!isChanger) refuseChange(Object.keys(changesOf(service, whole)), environment);
  await changeServiceIn(tx, service, whole, actor);
  if (environment) await replaceEnvironmentIn(tx, service, secretsOf(environment), actor);
  return service.id;
}

/** Names are unique among all owners, so another owner's name is taken, not missing. */
function foreign({ name }: ServiceRow, actor: Actor): Problem {
  authorize(actor, "service:create");
  return new Problem("name-taken", { params: { name }, fields: [wrongField(["name"], "name-taken")] });
}

/** Never tells whether variables are equal: that would confirm a guessed value. */
function refuseChange(changed: readonly string[], environment: Environment | undefined): void {
  const names = [...changed, ...(environment ? ["environment"] : [])];
  if (names.length === 0) return;
  throw new Problem("forbidden", { fields: names.map((name) => wrongField(FIELD_OF[name] ?? [name], "deploys-only")) });
}

/** Where a request has a field that the draft stores as an object. */
const FIELD_OF: Partial<Record<string, string[]>> = { source: ["source", "path"] };

function refuseMove(service: ServiceRow, target: string | undefined): void {
  if (target === undefined || target === service.target.name) return;
  throw new Problem("invalid-request", {
    fields: [wrongField(["target"], "cannot-be-moved", { target: service.target.name })],
  });
}
