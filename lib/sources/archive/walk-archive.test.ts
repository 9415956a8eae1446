import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Problem } from "@/lib/contracts/problem";
import type { ArchiveLimits } from "./archive";
import { bytesOf, type TestEntry, tarGzOf, tarOf, withTarType, zipOf } from "./test-archives";
import { checkArchive } from "./walk-archive";

const MEGABYTES = 1_000_000;
const LIMITS: ArchiveLimits = { entries: 50, unpackedBytes: 2 * MEGABYTES };
const check = (archive: Buffer, limits = LIMITS) => checkArchive(bytesOf(archive), limits);
const refusal = async (archive: Buffer, limits = LIMITS) => {
  const problem = (await check(archive, limits).then(
    () => expect.unreachable("it was accepted"),
    (error) => error,
  )) as Problem;
  expect(problem).toMatchObject({ code: "archive-invalid", fields: [{ path: ["file"] }] });
  return [problem.params.reason, problem.params.entry];
};

const FORMATS = {
  "tar.gz": tarGzOf,
  zip: async (entries: readonly TestEntry[]) => zipOf(entries),
} as const;
const everyFormat = Object.entries(FORMATS).map(([kind, make]) => ({ kind, make }));

const A_PROJECT: TestEntry[] = [
  { path: "shop/package.json", content: "{}" },
  { path: "shop/bin/start", content: "#!/bin/sh\n", mode: 0o100755 },
  { path: "shop/lib/main.js", content: "x".repeat(10_000) },
];

test.each(everyFormat)("a $kind of a project's folder is what lies in the folder", async ({ kind, make }) => {
  expect(await check(await make(A_PROJECT))).toEqual({
    kind,
    files: 3,
    unpackedBytes: 10_012,
    folder: "shop",
    entries: ["bin/", "lib/", "package.json"],
    leftOut: { count: 0, names: [] },
  });
});

test.each(everyFormat)("a $kind without a folder around it is taken as it is", async ({ make }) => {
  const entries = A_PROJECT.map(({ path, ...entry }) => ({ ...entry, path: `./${path.replace("shop/", "")}` }));
  expect(await check(await make(entries))).toMatchObject({ folder: null, entries: ["bin/", "lib/", "package.json"] });
  expect(await check(await make([{ path: "server.js", content: "1" }]))).toMatchObject({ folder: null, files: 1 });
});

const mac = (path: string): TestEntry => ({ path, content: "mac" });

test.each(everyFormat)("what macOS adds to a $kind is left out, and named", async ({ make }) => {
  const folder: TestEntry = { path: "__MACOSX/", type: "directory", mode: 0o040755 };
  const files = ["__MACOSX/shop/._package.json", "__MACOSX/._shop", "shop/.DS_Store", "._shop"].map(mac);
  const extras = [folder, ...files];
  expect(await check(await make([...extras, ...A_PROJECT]))).toMatchObject({
    folder: "shop",
    files: 3,
    leftOut: { count: 3, names: ["__MACOSX/", "shop/.DS_Store", "._shop"] },
  });
});

test.each(everyFormat)(
  "of what macOS adds to a $kind the first are named and all are counted, up to a limit",
  async ({ make }) => {
    const extras = Array.from({ length: 51 }, (_, n) => mac(`shop/._file-${n}`));
    const { leftOut } = await check(await make([...A_PROJECT, ...extras.slice(1)]));
    expect([leftOut.count, leftOut.names.length]).toEqual([50, 20]);
    expect((await refusal(await make([...A_PROJECT, ...extras])))[0]).toBe("count");
  },
);

test.each(everyFormat)("an entry of a $kind that would land elsewhere is refused", async ({ make }) => {
  for (const path of ["../evil", "shop/../../evil", "/etc/passwd", "a/b/../../../c", "C:/windows/system32", ".."])
    expect(await refusal(await make([...A_PROJECT, { path, content: "evil" }]))).toEqual(["outside", path]);
});

test("backslashes of old Windows tools are slashes, and lead out no more than those", async () => {
  expect(await check(zipOf([{ path: "shop\\lib\\main.js", content: "1" }]))).toMatchObject({ folder: "shop" });
  expect(await refusal(zipOf([{ path: "..\\..\\evil", content: "1" }]))).toEqual(["outside", "../../evil"]);
});

const asLink = (kind: string, path: string, text: string): TestEntry =>
  kind === "zip" ? { path, mode: 0o120777, link: text } : { path, type: "symlink", link: text };

test.each(everyFormat)(
  "links in a $kind may lead anywhere: what they are for decides later",
  async ({ kind, make }) => {
    const texts = ["package.json", "lib/main.js", "lib/../bin", ".", "missing", "/usr/bin/python3", "../../etc"];
    const links = texts.map((text, n) => asLink(kind, `shop/link-${n}`, text));
    const deeper = asLink(kind, "shop/lib/up", "../link-2/start");
    expect((await check(await make([...A_PROJECT, ...links, deeper]))).files).toBe(11);
  },
);

test.each(everyFormat)("a link in a $kind that no file system takes is refused", async ({ kind, make }) => {
  for (const text of ["x".repeat(4_096), "a\ufffdb", ...(kind === "zip" ? ["a\0b"] : [])])
    expect(await refusal(await make([...A_PROJECT, asLink(kind, "shop/odd", text)]))).toEqual(["link", "shop/odd"]);
});

test.each(everyFormat)("nothing in a $kind is written through a link", async ({ kind, make }) => {
  const through = [asLink(kind, "shop/data", "lib"), { path: "shop/data/x", content: "1" }];
  expect(await refusal(await make([...A_PROJECT, ...through]))).toEqual(["duplicate", "shop/data/x"]);
});

test.each(everyFormat)("a name that is twice in a $kind is refused, a folder's may be", async ({ make }) => {
  const again = { path: "shop//./package.json", content: "other" };
  expect(await refusal(await make([...A_PROJECT, again]))).toEqual(["duplicate", again.path]);
  expect(await refusal(await make([...A_PROJECT, { path: "shop/lib", content: "x" }]))).toEqual([
    "duplicate",
    "shop/lib",
  ]);
  const folder: TestEntry = { path: "shop/lib/", type: "directory", mode: 0o040755 };
  expect((await check(await make([folder, ...A_PROJECT, folder]))).files).toBe(3);
});

test.each(everyFormat)("a name in a $kind that no file can have is refused", async ({ make }) => {
  for (const path of [`shop/${"n".repeat(256)}`, `shop/${"deep/".repeat(300)}x`])
    expect((await refusal(await make([...A_PROJECT, { path, content: "1" }])))[0]).toBe("name");
});

test("an odd name that a file can have is none of our business", async () => {
  const names = ["-rf", " spa ce ", "quo'te\"s", "مشروع", "日本😀", "a:b", "nul", "semi;colon"];
  for (const { make } of everyFormat)
    expect((await check(await make(names.map((path) => ({ path, content: "1" }))))).files).toBe(names.length);
});

test("devices, pipes and sockets are refused", async () => {
  for (const type of ["character-device", "block-device", "fifo"] as const)
    expect(await refusal(await tarGzOf([...A_PROJECT, { path: "shop/odd", type }]))).toEqual(["special", "shop/odd"]);
  for (const mode of [0o020666, 0o060666, 0o010644, 0o140644])
    expect(await refusal(zipOf([...A_PROJECT, { path: "shop/odd", mode }]))).toEqual(["special", "shop/odd"]);
});

test("an entry that is stored in a way we cannot read is refused", async () => {
  const sparse = withTarType(await tarOf([{ path: "shop/sparse" }]), 0, "S");
  expect(await refusal(gzipSync(sparse))).toEqual(["unsupported", "shop/sparse"]);
  expect(await refusal(zipOf([{ path: "a", content: "x", method: 12 }]))).toEqual(["unsupported", "a"]);
});

test("an encrypted entry of a zip is refused", async () => {
  expect(await refusal(zipOf([...A_PROJECT, { path: "shop/secret", content: "x", encrypted: true }]))).toEqual([
    "encrypted",
    "shop/secret",
  ]);
});

test("a hard link is another file, and only to one that came before", async () => {
  const link = (to: string): TestEntry => ({ path: "shop/again.js", type: "link", link: to });
  expect(await check(await tarGzOf([...A_PROJECT, link("shop/lib/main.js")]))).toMatchObject({
    files: 4,
    unpackedBytes: 20_012,
  });
  for (const to of ["shop/later.js", "shop/lib", "shop/again.js"])
    expect(await refusal(await tarGzOf([...A_PROJECT, link(to)]))).toEqual(["link", "shop/again.js"]);
  for (const to of ["/etc/passwd", "../etc/passwd"])
    expect(await refusal(await tarGzOf([...A_PROJECT, link(to)]))).toEqual(["outside", to]);
  const passwd = asLink("tar.gz", "shop/passwd", "/etc/passwd");
  expect(await refusal(await tarGzOf([...A_PROJECT, passwd, link("shop/passwd")]))).toEqual(["link", "shop/again.js"]);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["text", Buffer.from("hello, I am no archive")],
  ["gzipped text", gzipSync("hello ".repeat(1_000))],
  ["a tar that is not gzipped", Buffer.alloc(1_024)],
  ["noise", randomBytes(100_000).fill(0x7f, 0, 4)],
])("%s is no archive", async (_, archive) => {
  expect((await refusal(archive))[0]).toBe("format");
});

test.each(everyFormat)("a $kind with nothing in it is refused", async ({ make }) => {
  expect((await refusal(await make([])))[0]).toBe("empty");
  expect((await refusal(await make([{ path: "shop/", type: "directory", mode: 0o040755 }])))[0]).toBe("empty");
});

test.each(everyFormat)("a $kind that was cut anywhere is refused", async ({ make }) => {
  const noise = randomBytes(3_000).toString("base64");
  const whole = await make([...A_PROJECT, { path: "shop/noise", content: noise }]);
  for (let length = 5; length < whole.length; length += 97)
    expect((await refusal(whole.subarray(0, length)))[0], `cut at ${length}`).toBe("damaged");
});

test.each(everyFormat)("a $kind with a changed bit is refused or the same", async ({ make }) => {
  const noise = randomBytes(2_000).toString("base64");
  const whole = await make([
    { path: "a", content: noise },
    { path: "b", content: "b" },
  ]);
  const expected = await check(whole);
  for (let at = 12; at < whole.length; at += 53) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    const summary = await check(changed).catch((error: Problem) => error.code);
    if (summary !== "archive-invalid") expect(summary, `byte ${at}`).toMatchObject({ files: expected.files });
  }
});

test("a checksum that does not fit is found out", async () => {
  expect((await refusal(zipOf([{ path: "a", content: "x", claims: { crc: 1 } }])))[0]).toBe("damaged");
});

test.each(everyFormat)("a $kind that grows too large is left as soon as that is known", async ({ make }) => {
  const zeros = Buffer.alloc(20 * MEGABYTES);
  const rest = { path: "rest", content: randomBytes(2 * MEGABYTES) };
  const bomb = await make([{ path: "zeros", content: zeros }, rest]);
  let read = 0;
  const bytes = bytesOf(bomb, 4_096);
  const counted = {
    ...bytes,
    async *read(start: number, end: number) {
      for await (const part of bytes.read(start, end)) {
        read += part.length;
        yield part;
      }
    },
  };
  await expect(checkArchive(counted, LIMITS)).rejects.toMatchObject({
    code: "archive-invalid",
    params: { reason: "size", limit: 2 },
  });
  expect(read).toBeLessThan(MEGABYTES);
});

test("what a zip says of its sizes is not believed", async () => {
  const lies = zipOf([{ path: "zeros", content: Buffer.alloc(10 * MEGABYTES), claims: { bytes: 10 } }]);
  expect(["damaged", "size"]).toContain((await refusal(lies))[0]);
});

test("a tar of headers without end is left", async () => {
  const long = { path: "long".repeat(60) };
  const tar = await tarOf([long]);
  const many = gzipSync(Buffer.concat(Array.from({ length: 40 }, () => tar.subarray(0, tar.length - 1_024))));
  expect((await refusal(many))[0]).toBe("duplicate");
  const zeros = gzipSync(Buffer.concat([tar, Buffer.alloc(5 * MEGABYTES)]));
  expect((await refusal(zeros))[0]).toBe("size");
});

test.each(everyFormat)("a $kind of too many files is refused, and folders count", async ({ make }) => {
  const files = Array.from({ length: 26 }, (_, n) => ({ path: `folder-${n}/file`, content: "1" }));
  expect((await refusal(await make(files)))[0]).toBe("count");
  expect((await check(await make(files.slice(1)))).files).toBe(25);
});

test("a failure of whoever reads the bytes is not the archive's", async () => {
  const lost = new Error("the database is gone");
  for (const { make } of everyFormat) {
    const whole = bytesOf(await make(A_PROJECT), 20);
    const broken = {
      size: whole.size,
      async *read(start: number, end: number) {
        let parts = 0;
        for await (const part of whole.read(start, end)) {
          if (end - start > 4 && ++parts > 2) throw lost;
          yield part;
        }
      },
    };
    await expect(checkArchive(broken, LIMITS)).rejects.toBe(lost);
  }
});

test.each(["GNU.sparse.major", "GNU.sparse.name", "SCHILY.realsize", "VENDOR.feature"])(
  "a tar whose extended header says %s is refused: its bytes would not be the file's",
  async (keyword) => {
    const sparse: TestEntry = { path: "shop/disk.img", content: "1\n0\n5\nhello", pax: { [keyword]: "1" } };
    expect(await refusal(await tarGzOf([...A_PROJECT, sparse]))).toEqual(["unsupported", "shop/disk.img"]);
  },
);

test("what an extended header tells of times, owners and labels changes nothing", async () => {
  const pax = { mtime: "1.5", uid: "0", "SCHILY.xattr.user.a": "b", "LIBARCHIVE.creationtime": "1", comment: "c" };
  expect((await check(await tarGzOf([{ path: "a", content: "1", pax }]))).files).toBe(1);
});

test.each([
  [{ bits: 1 << 5 }, "unsupported"],
  [{ bits: 1 << 13 }, "encrypted"],
  [{ method: 93 }, "unsupported"],
  [{ path: "shop/x/", mode: 0o040755 }, "unsupported"],
])("a zip's entry with %j is refused as %s", async (odd, reason) => {
  expect((await refusal(zipOf([...A_PROJECT, { path: "shop/x", content: "data", ...odd }])))[0]).toBe(reason);
});

test("a zip's folder without a slash is told by its attribute", async () => {
  const folder: TestEntry = { path: "shop/lib", attributes: 0x10 };
  expect((await check(zipOf([folder, ...A_PROJECT]))).files).toBe(3);
});

test("a backslash that Linux wrote is a part of the name, and a name that is not UTF-8 is refused", async () => {
  const backslash = { path: "a\\b", content: "1", mode: 0o100644 };
  expect((await check(zipOf([backslash]))).entries).toEqual(["a\\b"]);
  const latin: TestEntry = { path: "", rawPath: Buffer.from("caf\u00e9", "latin1"), content: "1", mode: 0o100644 };
  expect((await refusal(zipOf([...A_PROJECT, latin])))[0]).toBe("name");
});
