import { useSyncExternalStore } from "react";

const never = () => () => {};

/** False in what the server renders and in the first rendering of the browser, which must find the same; true after it. */
export function useIsInBrowser(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
