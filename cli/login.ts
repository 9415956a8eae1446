import { spawn } from "node:child_process";
import { AccountView } from "@/lib/contracts/user";
import { green, say } from "../scripts/screen.mjs";
import type { Call, Command } from "./arguments";
import { Console } from "./console";
import { EXIT, type ExitCode, Failure } from "./failure";
import { addressOf, environment, storeAccess } from "./settings";
import { ask } from "./terminal";

export const loginCommand: Command = {
  name: "login",
  summary: "Store the address of a console and an API token",
  positionals: "[address]",
  most: 1,
  isLocal: true,
  details:
    "Asks for what is not given, and opens the page of the console that creates tokens. Without a terminal the token is read from standard input:\n" +
    "  landfall login https://landfall.example.com < token.txt",
  run: login,
};

async function login({ positionals }: Pick<Call, "positionals">): Promise<ExitCode> {
  const isAtTerminal = Boolean(process.stdin.isTTY);
  const given =
    positionals[0] ?? environment.LANDFALL_URL ?? (isAtTerminal ? await ask("Address of the console:") : null);
  if (!given) throw new Failure("Name the console: landfall login https://landfall.example.com.", EXIT.usage);
  const url = addressOf(given);
  if (isUnencrypted(url)) say(`${url} is not encrypted: everyone on the way can read the token.`);
  if (isAtTerminal) {
    say(`Create an API token at ${url}/tokens and paste it here.`);
    openPage(`${url}/tokens`);
  }
  const token = (isAtTerminal ? await ask("Token:", { hidden: true }) : await firstLine()) ?? "";
  if (!/^\S+$/.test(token)) throw new Failure("No token was given; nothing was stored.", EXIT.usage);
  const { name, role } = await new Console({ url, token }).get("/api/me", AccountView);
  const file = await storeAccess({ url, token });
  say(`${green("✓")} Signed in to ${url} as ${name} (${role}). Stored in ${file}.`);
  if (environment.LANDFALL_TOKEN) say("LANDFALL_TOKEN is set and takes precedence.");
  return EXIT.done;
}

/** Opens the page in the person's browser where there is one; its address was printed for everyone else. */
function openPage(url: string): void {
  const [program, ...args] = browserCommand(url, process.platform, environment) ?? [];
  if (program === undefined) return;
  const browser = spawn(program, args, { stdio: "ignore", detached: true });
  browser.once("error", () => {}); // there is no such program
  browser.unref();
}

/** Null where no browser can be seen, as in an SSH session. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION }: typeof environment,
): [program: string, ...args: string[]] | null {
  if (SSH_CONNECTION) return null;
  if (platform === "darwin") return ["open", url];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open", url] : null;
}

function isUnencrypted(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !/^(localhost|127\..*|\[::1\])$/.test(hostname);
}

async function firstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin) text += String(chunk);
  return text.split("\n")[0]?.trim() ?? "";
}
