import { expect, test } from "vitest";
import { RecordingHost } from "@/lib/hosts/recording-host";
import type { PhaseContext } from "../driver";
import { runBuild } from "./run-build";
import { DockerSettings } from "./settings";

const CONFIG = {
  auths: { "ghcr.io": { auth: "c2VjcmV0" } },
  credsStore: "pass",
  proxies: { default: { httpProxy: "x" } },
};

/** The configuration folder that Docker's command is given, and its content. */
async function settingsFor(isConfined: boolean, config = JSON.stringify(CONFIG)) {
  const folders: (string | undefined)[] = [];
  const host = new RecordingHost(({ args, env }) => {
    if (args[1] === "-c") return { stdout: config };
    folders.push(env?.DOCKER_CONFIG);
    return undefined;
  });
  const ctx = { base: "/base", serviceName: "shop", release: { id: "r" }, isConfined, log: () => 0 };
  const options = { directory: "/base/shop/releases/r", tag: "shop:r", settings: DockerSettings.parse({}) };
  await runBuild(ctx as unknown as PhaseContext, host, options);
  const [folder] = folders;
  const file = folder === undefined ? undefined : host.files.get(`${folder}/config.json`);
  return { folder, mode: file?.mode, content: file && (JSON.parse(file.content.toString()) as unknown) };
}

test("a member's build pulls with nothing that the host is signed in to, and keeps its proxies", async () => {
  expect(await settingsFor(true)).toEqual({
    folder: "/base/.docker",
    mode: 0o600,
    content: { proxies: CONFIG.proxies },
  });
  for (const unread of ["", "{", "[]"]) expect((await settingsFor(true, unread)).content).toEqual({});
});

test("an administrator's build has the host's own settings", async () => {
  expect((await settingsFor(false)).folder).toBeUndefined();
});

test("what a program prints as if it were the builder makes no endless list of stages", async () => {
  const printed = (id: number) => `Step 2/2 : RUN x\n ---> ${id.toString(16).padStart(12, "0")}\nStep 1/2 : FROM a\n`;
  const stdout = [0, ...Array(500).keys()].map(printed).join("");
  const host = new RecordingHost(() => ({ stdout }));
  const ctx = { ...{ base: "/base", serviceName: "shop", release: { id: "r" } }, log: () => 0, progress: () => {} };
  const options = { directory: "/base/shop/releases/r", tag: "shop:r", settings: DockerSettings.parse({}) };
  const stages = await runBuild(ctx as unknown as PhaseContext, host, options);
  expect(stages.slice(0, 2)).toEqual(["000000000000", "000000000001"]);
  expect(stages).toHaveLength(100);
});

test.each([
  [
    "the newer builder",
    [
      "#6 [a 2/2] RUN pip install x",
      "#7 [b 2/2] RUN make",
      "#6 0.9 ERROR: this package is yanked, but installed",
      "#6 DONE 1.2s",
      "#7 1.3 could not read the settings",
      '#7 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ],
    5,
  ],
  [
    "the older builder",
    [
      "Step 2/3 : RUN pip install x",
      "ERROR: this package is yanked, but installed",
      "Step 3/3 : RUN make",
      "could not read the settings",
      "The command '/bin/sh -c make' returned a non-zero code: 2",
    ],
    4,
  ],
])("what a step that succeeded said is not why %s failed", async (_, lines, line) => {
  const host = new RecordingHost(() => ({ stdout: `${lines.join("\n")}\n`, exitCode: 1 }));
  let number = 0;
  const log = () => number++;
  const ctx = { ...{ base: "/base", serviceName: "shop", release: { id: "r" } }, log, progress: () => {} };
  const options = { directory: "/base/shop/releases/r", tag: "shop:r", settings: DockerSettings.parse({}) };
  await expect(runBuild(ctx as unknown as PhaseContext, host, options)).rejects.toMatchObject({
    ...{ code: "build-failed", detail: "could not read the settings", line },
  });
});
