import { AsyncLocalStorage } from "node:async_hooks";

/** What every line of the log carries that is written while something is being done. */
export interface LogContext {
  requestId?: string;
  deploymentId?: string;
  phase?: string;
}

// Next loads a module once per route bundle; there is one storage per process all the same.
const shared = globalThis as { landfallLogContext?: AsyncLocalStorage<LogContext> };
const storage = () => {
  shared.landfallLogContext ??= new AsyncLocalStorage();
  return shared.landfallLogContext;
};

/** Everything that is logged during the work, also by what it waits for, carries these beside what it carried before. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage().run({ ...logContext(), ...context }, work);
}

export function logContext(): LogContext {
  return storage().getStore() ?? {};
}
