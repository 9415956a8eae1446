/** The kinds of things the trail tells of: the part of an action before its dot. */
export const AUDITED_KINDS = [
  "service",
  "deployment",
  "environment",
  "target",
  "token",
  "user",
  "droplet",
  "upload",
  "image-registry",
  "backup",
  "template",
  "stack",
] as const;

/** `service.create` as a message key: a dot would be a level of the messages. */
export function actionKey(action: string): string {
  return action.replace(".", "_");
}

/** Where the subject can be looked at; null for what has no page of its own. */
export function subjectAddress({ type, name }: { type: string; name: string | null }): string | null {
  if (name === null) return null;
  if (["service", "target", "template", "stack"].includes(type)) return `/${type}s/${encodeURIComponent(name)}`;
  const lists: Record<string, string> = {
    user: "/users",
    token: "/tokens",
    "image-registry": "/image-registries",
    backup: "/backups",
  };
  return lists[type] ?? null;
}
