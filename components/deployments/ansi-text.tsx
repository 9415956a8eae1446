import { cn } from "@/components/ui/cn";
import type { LogLine } from "@/lib/contracts/event";
import { type AnsiPart, parseAnsi } from "./parse-ansi";

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
/** A fifth of the colour over whatever is below. */
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

/** A line with its terminal colours, in the theme's own shades; what a search found is marked. */
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
