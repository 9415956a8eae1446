/** Builds one of the programs and answers where it is. */
export function bundle(name: string, outdir?: string): Promise<string>;
