import type { AnserJsonEntry } from "anser";
import Anser from "anser";
import { cn } from "@/components/ui/cn";
import type { LogLine } from "@/lib/contracts/event";

const COLOURS: Record<AnsiPart["colour"] & string, string> = {
  black: "text-ansi-black",
  red: "text-ansi-red",
  green: "text-ansi-green",
  yellow: "text-ansi-yellow",
  blue: "text-ansi-blue",
  magenta: "text-ansi-magenta",
  cyan: "text-ansi-cyan",
  white: "text-ansi-white",
};
/** A fifth of the colour over the background below. */
const BACKGROUNDS: typeof COLOURS = {
  black: "bg-ansi-black/20",
  red: "bg-ansi-red/20",
  green: "bg-ansi-green/20",
  yellow: "bg-ansi-yellow/20",
  blue: "bg-ansi-blue/20",
  magenta: "bg-ansi-magenta/20",
  cyan: "bg-ansi-cyan/20",
  white: "bg-ansi-white/20",
};
const STREAMS: Record<LogLine[1], string> = { o: "", e: "", i: "text-muted italic" };

/** Terminal sequences other than colours: cursor moves, titles, links. They mean nothing in a list of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NOT_COLOUR = /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\[[0-9;?]*[A-HJKSTfhlnsu]|[()][AB0-2]|[78=>cDEHM])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const LEFT_OVER = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** A line with its terminal colours, in the theme's own shades; search matches are marked. */
export function AnsiText({ text, stream, search }: { text: string; stream: LogLine[1]; search?: string }) {
  return (
    <span className={STREAMS[stream]}>
      {parseAnsi(text).map((part, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line never move
          key={index}
          className={cn(
            part.colour && COLOURS[part.colour],
            part.isBold && "font-semibold",
            part.isDim && "text-faint",
            part.isUnderlined && "underline",
            part.background && ["rounded-xs px-0.5", BACKGROUNDS[part.background]],
            part.isInverse && "bg-subtle",
          )}
        >
          {search ? <Marked text={part.text} search={search} /> : part.text}
        </span>
      ))}
    </span>
  );
}

function Marked({ text, search }: { text: string; search: string }) {
  const pieces: { text: string; isMatch: boolean }[] = [];
  const lower = text.toLowerCase();
  const wanted = search.toLowerCase();
  let at = 0;
  for (let found = lower.indexOf(wanted); found !== -1; found = lower.indexOf(wanted, at)) {
    pieces.push(
      { text: text.slice(at, found), isMatch: false },
      { text: text.slice(found, found + wanted.length), isMatch: true },
    );
    at = found + wanted.length;
  }
  pieces.push({ text: text.slice(at), isMatch: false });
  return pieces.map((piece, index) =>
    piece.isMatch ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never move
      <mark key={index} className="rounded-sm bg-warning/25 text-inherit">
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
}

const COLOUR_NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
type Colour = (typeof COLOUR_NAMES)[number];

/** A line in parts of one colour. A progress bar that overwrote itself is shown in its last state. */
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

/** Inverse without a colour of its own: the terminal's two default colours are swapped. */
function isPlainInverse(entry: AnserJsonEntry & { isInverted?: boolean }): boolean {
  return entry.isInverted === true && entry.bg === "ansi-white";
}

/** Programs write black or white on their own backgrounds; on a wash only the page's own text colour is readable. */
function colourOn({ fg, fg_truecolor: exact, bg }: AnserJsonEntry): Colour | undefined {
  const colour = colourOf(fg, exact);
  return bg && (colour === "black" || colour === "white") ? undefined : colour;
}

/** `ansi-bright-red`, `ansi-palette-123` or a true colour, as the nearest colour that is readable in both themes. */
function colourOf(name: string | null, trueColour: string | null): Colour | undefined {
  if (!name) return undefined;
  if (name === "ansi-truecolor") return nearest((trueColour ?? "").split(",").map(Number));
  const palette = /^ansi-palette-(\d+)$/.exec(name)?.[1];
  if (palette !== undefined) return nearest(paletteColour(Number(palette)));
  return COLOUR_NAMES.find((colour) => name.endsWith(`-${colour}`));
}

/** The 6×6×6 cube and the greys of the 256 colour palette. */
function paletteColour(index: number): number[] {
  if (index >= 232) return Array(3).fill(8 + (index - 232) * 10);
  const levels = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => levels[level] ?? 0);
}

/** By hue: the theme chooses the lightness. Greys become the muted colour. */
function nearest([red = 0, green = 0, blue = 0]: number[]): Colour {
  const strongest = Math.max(red, green, blue);
  if (strongest - Math.min(red, green, blue) < 40) return "white";
  const [r, g, b] = [red, green, blue].map((value) => value > strongest * 0.6);
  return COLOUR_NAMES[(r ? 1 : 0) + (g ? 2 : 0) + (b ? 4 : 0)] ?? "white";
}

interface AnsiPart {
  text: string;
  /** One of the theme's eight colours; undefined is the page's own text colour. */
  colour: Colour | undefined;
  isBold: boolean;
  isDim: boolean;
  isUnderlined: boolean;
  /** The background, which the theme draws as a wash: the text on it is readable in both themes. */
  background: Colour | undefined;
  /** Text and background are swapped; the theme shows that with one muted shade. */
  isInverse: boolean;
}
