import { AsyncLocalStorage } from "node:async_hooks";
import { seenFrom } from "@/lib/contracts/seen-address";

// Next loads a module once per route bundle, so the storage is shared through globalThis.
const shared = globalThis as { landfallAskedHost?: AsyncLocalStorage<string | null> };
const storage = () => {
  shared.landfallAskedHost ??= new AsyncLocalStorage();
  return shared.landfallAskedHost;
};

/** Runs `work` with the Host header of the request, which `seenAddress` reads. */
export function withAskedHost<T>(request: Pick<Request, "headers">, work: () => T): T {
  return storage().run(request.headers.get("host"), work);
}

/** The address with the host name that the current request used; unchanged outside of a request. */
export function seenAddress<Url extends string | null>(url: Url): Url {
  return seenFrom(url, storage().getStore() ?? null);
}
