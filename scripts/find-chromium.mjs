/** The browser that journeys and pictures are made with: one that is installed, else the one Playwright keeps. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const INSTALLED = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const FOLDERS = (process.env.PATH ?? "").split(":").concat("/usr/bin", "/usr/local/bin", "/snap/bin");

/** @returns {Promise<string | undefined>} the program */
export async function findChromium() {
  const installed = INSTALLED.flatMap((name) => FOLDERS.map((folder) => `${folder}/${name}`)).find((path) =>
    existsSync(path),
  );
  if (installed) return installed;
  const { chromium } = await import("@playwright/test");
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/** Finds one or installs one. @returns {Promise<string | undefined>} undefined when neither works here */
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
    return false; // the next way is tried, and the caller says when none was left
  }
}
