/** The name itself, or `server-2` and so on where it is taken. */
export function freeName(wanted: string, targets: readonly { name: string }[]): string {
  const taken = new Set(targets.map(({ name }) => name));
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}
