import { useState } from "react";
import { useIsInBrowser } from "./use-is-in-browser";

/** A choice of this browser that the server need not know. */
export function useKeptFlag(name: string): [boolean, (value: boolean) => void] {
  const isInBrowser = useIsInBrowser();
  const [chosen, setChosen] = useState<boolean>();
  const kept = isInBrowser && window.localStorage.getItem(name) === "1";
  const set = (value: boolean) => {
    window.localStorage.setItem(name, value ? "1" : "0");
    setChosen(value);
  };
  return [chosen ?? kept, set];
}
