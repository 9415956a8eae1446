/** An address with a sign-in in it. */
export const HOLDS_PASSWORD = /\/\/[^/\s]*@/;

/**
 * Where packages come from, as the person who runs the host has told pip and npm in the home of the user that Landfall is
 * there. A service has a home of its own and would not find it. Nothing that holds a password is passed on: builds run
 * what their source says.
 */
export function packageSources(pipConf: string, npmrc: string): Record<string, string> {
  const pip = iniValues(pipConf);
  const npm = iniValues(npmrc);
  const found = [
    ...["index-url", "extra-index-url", "find-links", "trusted-host"].map((name) => [
      `PIP_${name.replaceAll("-", "_").toUpperCase()}`,
      pip.get(`install.${name}`) ?? pip.get(`global.${name}`),
    ]),
    ["npm_config_registry", npm.get(".registry")],
  ];
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && !HOLDS_PASSWORD.test(value)));
}

/** By section and name; of a value over several lines, the lines with spaces in between. */
function iniValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  let last = "";
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^\s#;[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const isMore = last !== "" && /^\s+\S/.test(line);
    if (name !== "") last = `${section}.${name}`;
    if (name !== "") values.set(last, value);
    else if (isMore) values.set(last, `${values.get(last)} ${line.trim()}`.trim());
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
  }
  return values;
}
