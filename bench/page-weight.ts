import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium } from "playwright";
import { findChromium } from "@/scripts/find-chromium.mjs";
import { finishDeployment } from "./harness/finish-deployment";
import { ADMIN, type Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { addService, NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import { signIn } from "./harness/sign-in";

const KB = 1_000;
const LINES = 5_000;
const ROUNDS = 3;
/** Lighthouse's phone: slow 4G, and a processor a quarter as fast. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWDOWN = 4;
/** After the network became idle: hydration may still load and paint. */
const SETTLE_MS = 3_000;

/**
 * What a browser with an empty cache loads for the first page of all, and for the deployment page; and when the
 * latter's log is visible on a slow line.
 */
export const pageWeight: Scenario = {
  name: "page-weight",
  async run(landfall) {
    const { name } = await addService(landfall, "watched", { build: `node flood.mjs ${LINES}`, health: NO_WAITS });
    const { id } = await landfall.api.deploy(name);
    await finishDeployment(landfall.api, { id });
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
    const browser = await chromium.launch({ executablePath: await findChromium(), args });
    try {
      const address = `${landfall.url}/deployments/${id}`;
      return [
        ...(await measure(await browser.newContext(), `${landfall.url}/sign-in`, "sign-in", 130)),
        ...(await measure(await signedIn(browser, landfall), address, "deployment page", 230)),
        await measurePaint(() => signedIn(browser, landfall), address),
      ];
    } finally {
      await browser.close();
    }
  },
};

async function signedIn(browser: Browser, { url }: Installation): Promise<BrowserContext> {
  const context = await browser.newContext();
  const cookies = (await signIn(url, ADMIN)).split("; ").map((cookie) => {
    const [name = "", ...value] = cookie.split("=");
    return { name, value: value.join("="), url };
  });
  await context.addCookies(cookies);
  return context;
}

async function measure(context: BrowserContext, address: string, what: string, atMost: number): Promise<Measure[]> {
  const page = await context.newPage();
  const scripts = new Map<string, Promise<number>>();
  const pages: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.request().resourceType() === "script")
      scripts.set(
        response.url(),
        response.body().then((body) => gzipSync(body).length),
      );
    else if (!pathname.startsWith("/_next/") && !pathname.includes(".")) pages.push(pathname);
  });
  await page.goto(address, { waitUntil: "networkidle" });
  await page.waitForTimeout(SETTLE_MS);
  const sizes = await Promise.all([...scripts].map(async ([url, size]) => ({ url, bytes: await size })));
  await context.close();
  const ofNext = await filesOfNext();
  const everywhere = sizes.filter(({ url }) => ofNext.some((file) => url.endsWith(file)));
  return [
    {
      what: `gzipped scripts of the ${what}`,
      value: sumOf(sizes) / KB,
      unit: "KB",
      budget: { atMost },
      notes: `${sizes.length} files; ${(sumOf(everywhere) / KB).toFixed(0)} KB are React's and Next's own`,
    },
    {
      what: `addresses that the ${what} asks for more than once`,
      value: new Set(pages.filter((path, at) => pages.indexOf(path) !== at)).size,
      unit: "requests",
      budget: { atMost: 0 },
      notes: `of ${pages.length}`,
    },
  ];
}

/** The files that Next loads for any page, even an empty one. */
async function filesOfNext(): Promise<string[]> {
  const manifest = JSON.parse(await readFile(".next/build-manifest.json", "utf8")) as { rootMainFiles: string[] };
  return manifest.rootMainFiles;
}

function sumOf(sizes: readonly { bytes: number }[]): number {
  return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The largest element there is a line of the log: the browser reports its paint once nothing larger follows. */
async function measurePaint(open: () => Promise<BrowserContext>, address: string): Promise<Measure> {
  const paintedMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await open();
    const page = await context.newPage();
    const browser = await context.newCDPSession(page);
    await browser.send("Network.enable");
    await browser.send("Network.emulateNetworkConditions", SLOW_4G);
    await browser.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    await page.goto(address, { waitUntil: "networkidle" });
    await page.waitForTimeout(SETTLE_MS);
    paintedMs.push(await page.evaluate(largestPaint));
    await context.close();
  }
  const sorted = paintedMs.toSorted((one, other) => one - other);
  return {
    what: `slow 4G: largest paint of a deployment page with ${LINES.toLocaleString("en")} lines`,
    value: sorted[Math.floor(ROUNDS / 2)] ?? Number.NaN,
    unit: "ms",
    budget: { atMost: 3_000 },
    notes: `median of ${sorted.map((ms) => ms.toFixed(0)).join(", ")}`,
  };
}

/** Runs in the page. */
function largestPaint(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
      type: "largest-contentful-paint",
      buffered: true,
    });
  });
}
