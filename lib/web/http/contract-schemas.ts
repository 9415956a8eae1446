import * as z from "zod";
import * as deployment from "@/lib/contracts/deployment";
import * as event from "@/lib/contracts/event";
import * as health from "@/lib/contracts/health";
import * as healthCheck from "@/lib/contracts/health-check";
import * as imageRegistry from "@/lib/contracts/image-registry";
import * as page from "@/lib/contracts/page";
import * as phase from "@/lib/contracts/phase";
import * as problem from "@/lib/contracts/problem";
import * as registration from "@/lib/contracts/registration";
import * as release from "@/lib/contracts/release";
import * as service from "@/lib/contracts/service";
import * as ssh from "@/lib/contracts/ssh";
import * as stack from "@/lib/contracts/stack";
import * as target from "@/lib/contracts/target";
import * as template from "@/lib/contracts/template";
import * as upload from "@/lib/contracts/upload";
import * as user from "@/lib/contracts/user";
import { ProblemBody } from "./problem";

const MODULES: Record<string, unknown>[] = [
  deployment,
  event,
  health,
  healthCheck,
  imageRegistry,
  page,
  phase,
  problem,
  registration,
  release,
  service,
  ssh,
  stack,
  target,
  template,
  upload,
  user,
];

/** Every schema of the contracts under the name it is exported by: the components of the OpenAPI document. */
export function contractSchemas(): Map<string, z.ZodType> {
  const exported = MODULES.flatMap((module) => Object.entries(module));
  const schemas = exported.filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType);
  return new Map([["Problem", ProblemBody], ...schemas]);
}
