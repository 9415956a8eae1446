/** The browser for journeys and screenshots: an installed one, else Playwright's. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const INSTALLED = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const FOLDERS = (process.env.PATH ?? "").split(":").concat("/usr/bin", "/usr/local/bin", "/snap/bin");

/** @returns {Promise<string | undefined>} the path of the browser */
export async function findChromium() {
  const installed = INSTALLED.flatMap((name) => FOLDERS.map((folder) => `${folder}/${name}`)).find((path) =>
    existsSync(path),
  );
  if (installed) return installed;
  const { chromium } = await import("@playwright/test");
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/** Finds a browser or installs one. @returns {Promise<string | undefined>} undefined when neither works here */
export async function ensureChromium() {
  return (await findChromium()) ?? (installChromium() ? findChromium() : undefined);
}

function installChromium() {
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    if (
      succeeds("apt-get", ["update"]) &&
      succeeds("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"])
    )
      return true;
  }
  return succeeds("npx", ["playwright", "install", "chromium"]);
}

/** @param {string} command @param {string[]} args */
function succeeds(command, args) {
  try {
    execFileSync(command, args, {
      stdio: "ignore",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      timeout: 10 * 60_000,
    });
    return true;
  } catch {
    return false; // the next candidate is tried; the caller reports when none is left
  }
}
