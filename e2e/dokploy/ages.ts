/** An elapsed time in Docker's words: "5 seconds", "About a minute", "2 hours". */
export function age(sinceMs: number): string {
  const seconds = Math.floor((Date.now() - sinceMs) / 1_000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 46) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  if (hours === 1) return "About an hour";
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

/** "Running less than a second ago": the format of `docker service ps`. */
export function stateSince(state: string, sinceMs: number): string {
  return `${state} ${age(sinceMs).toLowerCase()} ago`;
}
