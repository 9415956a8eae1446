import { readFile } from "node:fs/promises";

export interface DocumentedCommands {
  /** Where the page says they are typed: in the clone, or on the server. */
  where: "clone" | "server";
  script: string;
}

/** The commands of a page in docs/, in their order: its blocks marked `sh clone`, `sh server`, `sh server internal`. */
export async function documentedCommands(page: string): Promise<DocumentedCommands[]> {
  const text = await readFile(`docs/${page}`, "utf8");
  const blocks = [...text.matchAll(/^```sh (clone|server)[^\n]*\n([\s\S]*?)^```$/gm)];
  return blocks.map(([, where, script = ""]) => ({ where: where === "clone" ? "clone" : "server", script }));
}
