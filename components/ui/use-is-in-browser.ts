import { useSyncExternalStore } from "react";

const never = () => () => {};

/** False in the server's rendering and in the browser's first one, which must be identical; true afterwards. */
export function useIsInBrowser(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
