import { readFile } from "node:fs/promises";

export interface DocumentedCommands {
  /** Where the page says to type them: in the clone, or on the server. */
  where: "clone" | "server";
  /** The third word, if any, which distinguishes this block from the page's others. */
  about: string | undefined;
  script: string;
}

/** The commands of a page in docs/, in order: its blocks marked `sh clone`, `sh server`, `sh server internal`. */
export async function documentedCommands(page: string): Promise<DocumentedCommands[]> {
  const text = await readFile(`docs/${page}`, "utf8");
  const blocks = [...text.matchAll(/^```sh (clone|server) ?(\w+)?\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, where, about, script = ""]) => ({
    where: where === "clone" ? "clone" : "server",
    about,
    script,
  }));
}
