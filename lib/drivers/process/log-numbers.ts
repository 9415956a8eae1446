/**
 * The number of lines written before each of a service's log files, by the file's inode, oldest first. The supervisor
 * keeps it beside the files, so that a reader who follows them can tell how many lines it missed.
 */
export type LogNumbers = Map<string, number>;

export function logNumbersFile(newest: string): string {
  return `${newest}.numbers`;
}

export function parseLogNumbers(text: string): LogNumbers {
  const pairs = text.split("\n").flatMap((line): [string, number][] => {
    const [, inode = "", lines] = /^(\d+) (\d+)$/.exec(line) ?? [];
    return lines === undefined ? [] : [[inode, Number(lines)]];
  });
  return new Map(pairs);
}

export function formatLogNumbers(numbers: LogNumbers): string {
  return [...numbers].map(([inode, lines]) => `${inode} ${lines}\n`).join("");
}

const LINE_END = 10;

export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) lines += 1;
  return lines;
}
