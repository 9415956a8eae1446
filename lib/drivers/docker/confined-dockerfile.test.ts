import { describe, expect, test } from "vitest";
import type { Problem } from "@/lib/contracts/problem";
import { type BuildArgs, readConfinedDockerfile, readTrigger } from "./confined-dockerfile";

const URL = "http://169.254.169.254/latest";

/** A variable in a Dockerfile's syntax. */
const braced = (name: string) => `$\{${name}}`;

/** The reason and the line. */
function refusalOf(text: string, buildArgs: BuildArgs = {}): string {
  try {
    const { bases } = readConfinedDockerfile(text, buildArgs);
    return `builds on ${bases.map(({ name }) => name).join(" ")}`;
  } catch (error) {
    const { code, params } = error as Problem;
    return `${code} ${params.reason} ${params.line}`;
  }
}

describe("what Docker would fetch is refused", () => {
  test.each([
    [`FROM a\nADD ${URL} /x`, 2],
    ["FROM a\nADD git@example.com:a/b.git /x", 2],
    ["FROM a\nADD https://example.com/a.git#main /x", 2],
    [`FROM a\nADD --chown=1:$GROUP --link a ${URL} /x`, 2],
    [`FROM a\nADD --chown=x\u00e0${URL} /x`, 2],
    [`FROM a\nADD ["a", "${URL}", "/x"]`, 2],
    [`FROM a\nADD ["\\u0068ttp\\u003a//x", "/x"]`, 2],
    [`FROM a\nADD ["\\u0068ttp\\u003a//x", "/x"] and more`, 2],
    // A builder ends a quoted flag at its closing quote, and accepts a list after it.
    [`FROM a\nADD --chown="1" ["${URL}","/x"]`, 2],
    [`FROM a\nADD --chown="1" ["http\\u003a//x","/x"]`, 2],
    // Builders do not read this as a list, because they do not treat this space as one.
    [`# escape=\`\nFROM a\nADD ["a",\u00a0"\\" ${URL} \\""]`, 3],
    ["FROM a\nADD $URL /x", 2],
    [`FROM a\nARG S=http\nADD ${braced("S")} /x`, 3],
    [`FROM a\n\n  add \\\n# between\n\n  a \\\n  ${URL} /x`, 3],
    [`FROM a\nA\\\nDD ${URL} /x`, 2],
    [`FROM a\nA\\\r\nDD ${URL} /x`, 2],
    [`FROM a\nONBUILD ADD ${URL} /x\nFROM a`, 2],
    [`FROM a\nONBU\u0130LD ADD ${URL} /x`, 2],
    // An older builder does not know heredocs, or ends them differently.
    [`FROM a\nRUN <<CMD\nADD ${URL} /x\nCMD`, 3],
    [`FROM a\nRUN <<'RUN x\\'\nRUN x\\\nADD ${URL} /x`, 4],
    [`# escape=\`\nFROM a\nRUN a \\\nADD ${URL} /x`, 4],
    [`# escape=\`\nFROM a\nA\`\nDD ${URL} /x`, 3],
    [`FROM a\nRUN echo \\\\\nADD ${URL} /x`, 3],
    [`FROM a\nADD a \\\\\n${URL} /x`, 2],
  ])("%j", (text, line) => {
    expect(refusalOf(text)).toBe(`dockerfile-refused add ${line}`);
  });

  test.each([
    [`FROM a\nADD ${URL} \uFEFF`, "character 2"],
    [`FROM a\nADD \\\n\uFEFF# ${URL} /x`, "character 3"],
    ["ARG B=evil/x\nARG A=x\uFEFFB=a\nFROM $B", "character 2"],
    ["ARG B=a\nARG A=x\u0085B=evil/x\nFROM $B", "character 2"],
    [`FROM a\n${Buffer.from([0x41, 0x44, 0x44, 0x20, 0xa0]).toString()}--chown=1 ["${URL}","/x"]`, "character 2"],
  ])("where builders may read something else: %j", (text, expected) => {
    expect(refusalOf(text)).toBe(`dockerfile-refused ${expected}`);
  });

  test("where reading it would take too long", () => {
    expect(refusalOf(`FROM a\n${"\\\n".repeat(2_000)}`)).toBe("dockerfile-refused long 2002");
    expect(refusalOf(`FROM a\nRUN ${"x".repeat(100_000)}`)).toBe("dockerfile-refused long 2");
  });

  test("by whatever reads the Dockerfile", () => {
    for (const text of ["# syntax=evil/x\nFROM a", "FROM a\n# Syntax = evil/x", "#!x\n//syntax=evil/x\nFROM a"])
      expect(refusalOf(text)).toMatch(/frontend [12]$/);
    expect(refusalOf("# syntax=docker/dockerfile:1 evil\nFROM a")).toBe("dockerfile-refused frontend 1");
    expect(refusalOf('\uFEFF\n{"syntax": "evil/x"}')).toBe("dockerfile-refused frontend 2");
    expect(refusalOf('#!x\n{"syntax": "evil/x"}')).toBe("dockerfile-refused frontend 2");
    for (const name of ["BUILDKIT_SYNTAX", "TARGETPLATFORM"])
      expect(refusalOf("FROM a", { [name]: "x" })).toBe("dockerfile-refused argument 1");
  });

  test("by an ONBUILD of the image that it builds on", () => {
    const base = { line: 3, name: "evil/x", platform: null };
    for (const trigger of [`ADD ${URL} /x`, "ADD $URL /x", `add \\\n ${URL} /x`])
      expect(() => readTrigger(trigger, base)).toThrow(
        expect.objectContaining({ params: { reason: "onbuild", line: 3, name: "evil/x", step: trigger } }),
      );
    expect(readTrigger("COPY --from=localhost:5000/x . .", base)).toEqual([{ line: 3, name: "localhost:5000/x" }]);
    expect(readTrigger("COPY package*.json /app/", base)).toEqual([]);
  });
});

test.each([
  "# syntax=docker/dockerfile:1.7-labs\n# check=error=true\nFROM a",
  "FROM a\nADD . /app\nADD --chown=$USER:$GROUP --exclude=*.md app.tar.gz [a-z]* $HOME/x:y/",
  'FROM a\nADD ["my file", "/x:y"]\nCOPY http://no /x\nRUN curl http://169.254.169.254/ && echo add http://a b',
  "FROM a\nADD <<EOF /x\nhttp://a: $b\nEOF",
  "FROM a\nRUN <<EOF python3\nfrom os import path\nfrom a import b, c\nEOF",
])("what it takes of the source is not: %j", (text) => {
  expect(refusalOf(text)).toBe("builds on a");
});

describe("what it builds on is known", () => {
  test.each([
    ["FROM a AS b\nFROM B\nFROM scratch\nFROM c@sha256:x", "dockerfile-refused unclear 4"],
    ["FROM a AS b\nFROM B\nFROM scratch\nFROM ghcr.io/c/d:1 as e", "builds on a ghcr.io/c/d:1"],
    [`ARG V=22\nARG I="node:$V" X='y'\nFROM ${braced("I")}-slim`, "builds on node:22-slim"],
    [`ARG V\nFROM node:${braced("V:-20")}`, "builds on node:20"],
    ["ARG V\nFROM node:$V", "dockerfile-refused unclear 2"],
    ["FROM node:$V", "dockerfile-refused unclear 1"],
    ["ARG V=1\nARG V\nFROM node:$V", "dockerfile-refused unclear 3"],
    ["ARG V=1\nARG V=`x\nFROM node:$V", "dockerfile-refused unclear 2"],
    ['ARG V=1\nARG V="x\nFROM node:$V', "dockerfile-refused unclear 2"],
    ["ARG A=b\\\nFROM a\nARG V=evil\nFROM $V", "dockerfile-refused unclear 1"],
    ["RUN x\nFROM a", "dockerfile-refused unclear 1"],
    ["FROM a\nRUN <<X\nFROM b\nX", "builds on a b"],
    ["FROM a\nFR\\\nOM b", "builds on a b"],
    ['FROM "a"', "dockerfile-refused unclear 1"],
    ["FROM --platform=$BUILDPLATFORM a", "builds on a"],
    ['FROM --platform="linux/arm64" a', "dockerfile-refused unclear 1"],
    ["FROM --platform=$OTHER a", "dockerfile-refused unclear 1"],
    ["FROM a\nCOPY --from=$B x y", "dockerfile-refused unclear 2"],
    // Inside a heredoc or a continuation, FROM is no instruction and creates no stage.
    ["FROM a\nRUN <<X\nFROM a AS evil/x\nX\nFROM evil/x", "builds on a a evil/x"],
    ["FROM a\nFROM evil/x a\u017F b", "builds on a evil/x"],
    [`FROM a\nFROM evil/x${braced("A:+\u00a0")}`, "dockerfile-refused unclear 2"],
    [`FROM evil/${braced("TARGETARCH:-x")}`, "dockerfile-refused unclear 1"],
    [`ARG NO_PROXY=x\nFROM evil/x:${braced("NO_PROXY:-x")}`, "dockerfile-refused unclear 2"],
    ["FROM EVIL.example/x", "dockerfile-refused unclear 1"],
    ["FROM registry-1.docker.io/evil/x", "dockerfile-refused unclear 1"],
    ["FROM localhost:5000/a/b:1", "builds on localhost:5000/a/b:1"],
  ])("%j", (text, expected) => {
    expect(refusalOf(text)).toBe(expected);
  });

  test("with the build arguments that it takes", () => {
    expect(refusalOf("ARG V=1\nFROM node:$V", { V: "2" })).toBe("builds on node:2");
    expect(refusalOf("ARG V\nFROM node:$V", { V: "2" })).toBe("builds on node:2");
    expect(refusalOf("FROM node:$V", { V: "2" })).toBe("dockerfile-refused unclear 1");
  });

  test("and its platform, and every image that it copies from", () => {
    const { bases, images } = readConfinedDockerfile(
      [
        "ARG P=linux/arm64",
        "ARG TARGETPLATFORM=linux/s390x",
        "FROM --platform=$P a",
        `FROM --platform=${braced("TARGETPLATFORM")} b`,
        "COPY --from=Build --link x y",
        "COPY --from=ghcr.io/c/d x y",
        "RUN --mount=type=bind,from=e/f,target=/x make --from=no",
        'RUN --mount="type=bind,fr\\om=g.h/i" x',
      ].join("\n"),
      {},
    );
    expect(bases.map(({ platform }) => platform)).toEqual(["linux/arm64", "linux/s390x"]);
    expect(images.map(({ line, name }) => `${line} ${name}`)).toEqual([
      "3 a",
      "4 b",
      "5 Build",
      "6 ghcr.io/c/d",
      "7 e/f",
      "8 g.h/i",
    ]);
  });
});
