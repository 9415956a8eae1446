/** A line in the supervisor's own log (`<base>/.supervisor/supervisor.log`): its standard error. */
export function report(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}
