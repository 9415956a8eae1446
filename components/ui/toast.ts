/** What `ToastList` shows. */
export interface Notice {
  id: number;
  tone: "succeeded" | "failed";
  text: string;
}

let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function add(tone: Notice["tone"], text: string): void {
  lastId += 1;
  change([...notices.filter((notice) => notice.text !== text).slice(-2), { id: lastId, tone, text }]);
}

export const toast = {
  succeeded: (text: string) => add("succeeded", text),
  failed: (text: string) => add("failed", text),
};

export function dismissToast(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

export function readToasts(): readonly Notice[] {
  return notices;
}

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
