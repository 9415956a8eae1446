import { useState } from "react";
import { DENSITY_COOKIE, writeCookie } from "./cookie";

type Density = "comfortable" | "compact";

/** How close rows are, on every list; remembered in a cookie so that the server draws them so. */
export function useDensity(): { density: Density; setDensity: (density: Density) => void } {
  const [chosen, setChosen] = useState<Density>();
  const drawn = typeof document === "undefined" ? undefined : document.documentElement.dataset.density;
  const setDensity = (density: Density) => {
    document.documentElement.dataset.density = density;
    writeCookie(DENSITY_COOKIE, density);
    setChosen(density);
  };
  return { density: chosen ?? (drawn === "compact" ? "compact" : "comfortable"), setDensity };
}
