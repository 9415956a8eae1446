import { ServiceDetail } from "@/lib/contracts/service";
import { type Console, Refusal } from "./console";
import { Failure } from "./failure";

/** Null for a service that does not exist, or that the token does not reach. */
export async function findService(console: Console, name: string): Promise<ServiceDetail | null> {
  try {
    return await console.get(`/api/services/${name}`, ServiceDetail);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

export async function requireService(console: Console, name: string): Promise<ServiceDetail> {
  const service = await findService(console, name);
  if (service) return service;
  throw new Failure(
    `There is no service ${name} on ${console.url}, or this token does not reach it. Name another with --service, or create it: landfall up.`,
  );
}
