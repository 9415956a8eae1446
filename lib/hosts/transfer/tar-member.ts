/**
 * The beginning of one member of a tar archive: its header, in the form that GNU tar and busybox read. The libraries
 * write names beyond 100 ASCII characters as pax records; busybox ignores those, so the file would get another name.
 */

export const TAR_BLOCK = 512;
/** Two empty blocks. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

const TYPES = { file: "0", symlink: "2", directory: "5", longLink: "K", longName: "L" } as const;
const NAME_BYTES = 100;
const LARGEST_OCTAL = 8 ** 11;

export interface TarMember {
  kind: "file" | "directory" | "symlink";
  name: string;
  /** Bytes of the content that follows; 0 for a member without content. */
  size?: number;
  /** The text of a symlink. */
  link?: string;
  /** Permission bits; when absent, those of a transfer, which sets the modes by itself. */
  mode?: number;
}

/** The same member always gives the same bytes: no times and no owners. */
export function tarMember({
  kind,
  name,
  size = 0,
  link = "",
  mode = kind === "directory" ? 0o755 : 0o644,
}: TarMember): Buffer {
  const fullName = Buffer.from(kind === "directory" ? `${name}/` : name);
  const text = Buffer.from(link);
  return Buffer.concat([
    longText("longName", fullName),
    longText("longLink", text),
    header(TYPES[kind], fullName, size, text, mode),
  ]);
}

/** The zeros that fill the last block of a content. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}

function longText(kind: "longName" | "longLink", text: Buffer): Buffer {
  if (text.length <= NAME_BYTES) return Buffer.alloc(0);
  const content = Buffer.concat([text, Buffer.alloc(1)]);
  const before = header(TYPES[kind], Buffer.from("././@LongLink"), content.length, Buffer.alloc(0), 0o644);
  return Buffer.concat([before, content, tarPadding(content.length)]);
}

function header(type: string, name: Buffer, size: number, link: Buffer, mode: number): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  name.copy(block, 0, 0, NAME_BYTES);
  block.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  writeSize(block, size);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(type, 156);
  link.copy(block, 157, 0, NAME_BYTES);
  block.write("ustar  \0", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** Eleven octal digits reach to 8 GiB; a larger number is written in binary, marked by its first bit. */
function writeSize(block: Buffer, size: number): void {
  if (size < LARGEST_OCTAL) {
    block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
    return;
  }
  block.writeUInt8(0x80, 124);
  block.writeBigUInt64BE(BigInt(size), 128);
}
