/**
 * The terminal output: one line per step, with its duration; the line of a long step is updated. Plain Node, because it
 * also shows the install. Without a terminal (a log file, CI) a long step reports from time to time that it still runs.
 */
const ALIVE_EVERY_MS = 100;
const PLAIN_AFTER_MS = 5_000;
const PLAIN_EVERY_MS = 15_000;
const TITLE_WIDTH = 14;
const SPINNER = ["◐", "◓", "◑", "◒"];

/** @type {NodeJS.WriteStream} */
let out = process.stdout;
let isTerminal = Boolean(out.isTTY);
// The terminal may be closed while started processes are still being stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
const hasColour = isTerminal && !process.env.NO_COLOR;

/** @param {string} code @returns {(text: string) => string} */
const colour = (code) => (text) => (hasColour ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = colour("1");
export const dim = colour("2");
export const red = colour("31");
export const green = colour("32");
export const blue = colour("34");

/** Takes the place of a live line, which is drawn again below. @param {string} [text] */
export function say(text = "") {
  out.write(text === "" ? "\n" : `${isTerminal ? "\r\x1b[2K" : ""}  ${text}\n`);
}

/** Leaves standard output to what a script reads. */
export function sayOnStandardError() {
  out = process.stderr;
  isTerminal = Boolean(out.isTTY);
}

/** The one sentence that a failed start ends with. @param {string} sentence */
export function sayFailure(sentence) {
  const [first = "", ...rest] = sentence.split("\n");
  process.stderr.write(`\n  ${red("✗")} ${first}\n${rest.map((line) => `    ${line}\n`).join("")}\n`);
}

/** 0.04 s, 12.4 s, 2 m 06 s. @param {number} ms @returns {string} */
export function duration(ms) {
  if (ms < 9_995) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 99_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
}

/**
 * Shows a step while it runs and how long it took.
 * @template T
 * @param {string} title
 * @param {(report: (detail: string) => void) => Promise<T>} work
 * @param {(result: T) => string} [summary] the text beside it at the end
 * @returns {Promise<T>}
 */
export async function step(title, work, summary = String) {
  const line = liveLine(title);
  try {
    const result = await work(line.report);
    line.end(green("✓"), summary(result));
    return result;
  } catch (error) {
    line.end(red("✗"));
    throw error;
  }
}

/**
 * A line that is updated until it ends for good.
 * @param {string} title
 * @param {{ indent?: string }} [options]
 */
export function liveLine(title, { indent = "" } = {}) {
  const startedAt = performance.now();
  let detail = "";
  const elapsed = () => duration(performance.now() - startedAt);
  const stop = isTerminal
    ? keepAlive(indent, () => row(indent, title, elapsed(), detail))
    : sayNowAndThen(() => `${indent}… ${title}, ${elapsed()}  ${detail}`);
  return {
    /** @param {string} text */
    report: (text) => {
      detail = text;
    },
    /** @param {string} mark @param {string} [finalDetail] @param {string} [time] */
    end: (mark, finalDetail = detail, time = elapsed()) => {
      stop();
      out.write(
        `${isTerminal ? "\r\x1b[2K" : ""}  ${indent}${mark} ${pad(title)} ${time.padStart(9)}   ${dim(finalDetail)}`.trimEnd(),
      );
      out.write("\n");
    },
  };
}

/** @param {string} title */
function pad(title) {
  return title.padEnd(TITLE_WIDTH);
}

/** @param {string} indent @param {string} title @param {string} time @param {string} detail */
function row(indent, title, time, detail) {
  const room = Math.max(0, (out.columns ?? 80) - indent.length - TITLE_WIDTH - 20);
  return `${pad(title)} ${time.padStart(9)}   ${dim(detail.slice(0, room))}`;
}

/** @param {string} indent @param {() => string} text */
function keepAlive(indent, text) {
  let turn = 0;
  const draw = () =>
    isQuiet || out.write(`\r\x1b[2K  ${indent}${blue(SPINNER[turn++ % SPINNER.length] ?? "·")} ${text()}`);
  draw();
  const timer = setInterval(draw, ALIVE_EVERY_MS);
  return () => clearInterval(timer);
}

let isQuiet = false;

/**
 * Keeps live lines from being redrawn meanwhile, so that a question keeps its line.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function quietly(work) {
  isQuiet = true;
  if (isTerminal) out.write("\r\x1b[2K");
  try {
    return await work();
  } finally {
    isQuiet = false;
  }
}

/** @param {() => string} text */
function sayNowAndThen(text) {
  let timer = setTimeout(function speak() {
    say(text().trimEnd());
    timer = setTimeout(speak, PLAIN_EVERY_MS);
  }, PLAIN_AFTER_MS);
  return () => clearTimeout(timer);
}
