import { expect, test } from "vitest";
import { hasStage, readDockerfile } from "./validate";

test("knows the stages by their names", () => {
  const file = readDockerfile(
    "\uFEFFARG BASE=a\r\nFROM $BASE AS web\r\n# FROM x AS none\nRUN echo \\\n  # a comment\n  FROM y AS z\nfrom web as Dev\nFROM web\n",
  );
  expect(file.stages).toEqual(["web", "Dev", null]);
  expect(["web", "DEV", "2", "z"].map((name) => hasStage(file, name))).toEqual([true, true, false, false]);
});

test.each([
  ["FROM a\nRUN --mount=type=cache,target=/x make", { line: 2, syntax: "RUN --mount" }],
  ["FROM a\n\nRUN <<EOF\necho\nEOF", { line: 3, syntax: "RUN <<" }],
  ['FROM a\nCOPY <<"CONF" /etc/x\na\nCONF', { line: 2, syntax: "COPY <<" }],
  ["FROM a\nCOPY --from=b --chmod=755 x y", { line: 2, syntax: "COPY --chmod" }],
  ["FROM a\nADD --checksum=sha256:1 http://x y", { line: 2, syntax: "ADD --checksum" }],
  ["FROM --platform=$BUILDPLATFORM a", { line: 1, syntax: "FROM $BUILDPLATFORM" }],
  ["FROM a\nRUN echo \\\n  a && \\\n  b\nRUN --network=none x", { line: 5, syntax: "RUN --network" }],
  ["FROM a\nRUN cat <<<x; echo '--mount=x'; echo a --chmod=1\nCOPY --from=b --chown=1:1 x y", null],
  ["# escape=`\nFROM a\nRUN a `\n --mount=x\nCOPY C:\\ x", null],
])("what only BuildKit understands in %j is %j", (text, expected) => {
  expect(readDockerfile(text).buildKitOnly).toEqual(expected);
});

test("what a heredoc holds is no instruction", () => {
  expect(readDockerfile("FROM a\nRUN x=$((1<<SHIFT))\nFROM b AS web")).toEqual({
    stages: [null, "web"],
    buildKitOnly: null,
  });
  expect(readDockerfile("FROM a\nRUN <<EOF\nFROM b AS c\nEOF\nFROM d AS e").stages).toEqual([null, "e"]);
});
