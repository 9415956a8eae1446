import Anser, { type AnserJsonEntry } from "anser";

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
type Colour = (typeof COLOURS)[number];

export interface AnsiPart {
  text: string;
  /** One of the theme's eight; undefined is the page's own text colour. */
  colour: Colour | undefined;
  isBold: boolean;
  isDim: boolean;
  isUnderlined: boolean;
  /** The same of its background, which the theme draws as a wash: the text on it can be read in both themes. */
  background: Colour | undefined;
  /** Text and background changed places; the theme shows that with one quiet shade. */
  isInverse: boolean;
}

/** Everything of a terminal that is not a colour: cursor moves, titles, links. It has no meaning in a list of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NOT_COLOUR = /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\[[0-9;?]*[A-HJKSTfhlnsu]|[()][AB0-2]|[78=>cDEHM])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const LEFT_OVER = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A line in parts of one colour. A progress bar that overwrote itself is shown as it was last. */
export function parseAnsi(line: string): AnsiPart[] {
  const last = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
  const entries = Anser.ansiToJson(last.replace(NOT_COLOUR, ""), { use_classes: true, json: true, remove_empty: true });
  return entries.map(toPart);
}

function toPart(entry: AnserJsonEntry): AnsiPart {
  const has = (decoration: AnserJsonEntry["decorations"][number]) => entry.decorations.includes(decoration);
  return {
    text: entry.content.replace(LEFT_OVER, ""),
    colour: colourOn(entry),
    background: isPlainInverse(entry) ? undefined : colourOf(entry.bg, entry.bg_truecolor),
    isBold: has("bold"),
    isDim: has("dim"),
    isUnderlined: has("underline"),
    isInverse: isPlainInverse(entry),
  };
}

/** Where no colour was given to change places with: the terminal's own two. */
function isPlainInverse(entry: AnserJsonEntry & { isInverted?: boolean }): boolean {
  return entry.isInverted === true && entry.bg === "ansi-white";
}

/** Programs write black or white on a background of their own; on a wash the page's own colour is the one to read. */
function colourOn({ fg, fg_truecolor: exact, bg }: AnserJsonEntry): Colour | undefined {
  const colour = colourOf(fg, exact);
  return bg && (colour === "black" || colour === "white") ? undefined : colour;
}

/** `ansi-bright-red`, `ansi-palette-123` or a true colour, as the nearest one that can be read in both themes. */
function colourOf(name: string | null, trueColour: string | null): Colour | undefined {
  if (!name) return undefined;
  if (name === "ansi-truecolor") return nearest((trueColour ?? "").split(",").map(Number));
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (palette !== undefined) return nearest(paletteColour(Number(palette)));
  return COLOURS.find((colour) => name.endsWith(`-${colour}`));
}

/** The 6×6×6 cube and the greys of the 256 colour palette. */
function paletteColour(index: number): number[] {
  if (index >= 232) return Array(3).fill(8 + (index - 232) * 10);
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => levels[level] ?? 0);
}

/** By hue: lightness is the theme's to choose. Greys are the quiet one. */
function nearest([red = 0, green = 0, blue = 0]: number[]): Colour {
  const strongest = Math.max(red, green, blue);
  if (strongest - Math.min(red, green, blue) < 40) return "white";
  const [r, g, b] = [red, green, blue].map((value) => value > strongest * 0.6);
  return COLOURS[(r ? 1 : 0) + (g ? 2 : 0) + (b ? 4 : 0)] ?? "white";
}
