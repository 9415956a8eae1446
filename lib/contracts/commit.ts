/** A commit's id as people write it. Without zod, which browsers load for no page. */
export const shortCommit = (id: string): string => id.slice(0, 7);
