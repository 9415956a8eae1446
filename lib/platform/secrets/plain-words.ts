/**
 * Words that are never masked, whatever their variable is called. A log without them is unreadable, and they are the
 * first guesses of an attacker.
 */
const EVERYDAY = `
  true false yes no on off none null nil undefined empty default auto always never enabled disabled enable disable
  production prod development dev staging stage test testing tests preview local localhost qa uat ci live demo sandbox
  debug info notice warn warning error errors fatal trace verbose silent quiet log logs json text plain pretty
  build built start started stop stopped restart run running serve server service services web worker workers api app
  apps application main master index home site page public private internal external shared common global static
  http https tcp udp ssh tls ssl grpc smtp imap host hosts port path file files folder directory name names value values
  node nodejs npm pnpm yarn next react python python3 django flask rails ruby java golang rust php bash shell linux
  alpine debian ubuntu docker compose systemd caddy nginx apache postgres postgresql mysql mariadb sqlite redis mongo
  mongodb rabbitmq kafka elastic memcached admin administrator root user users guest username password passwd secret
  secrets token tokens example hello world hello-world changeme database data cache queue session sessions memory disk
  utf8 utf-8 ascii latin1 lazy strict require required allow deny accept reject open closed read write readonly
  monday tuesday wednesday thursday friday saturday sunday english german dutch arabic french spanish
`;
/** Words of Landfall's own log lines and pages. */
const OURS = `
  landfall validation transfer register registry verify health healthy unhealthy check checks deploy deployed deployment
  deployments phase phases release releases rollback revert reverted removal target targets driver drivers process
  container containers image images volume volumes network domain source environment variable variables request requests
  answer answers answered address listening ready succeeded failed failure cancelled queued skipped waiting layer layers
  installing dependencies command commands lines second seconds bytes limit limits after before from with without
  longest first last ended exited signal stack stacks template templates dokploy project
`;
const WORDS = new Set([...EVERYDAY.split(/\s+/), ...OURS.split(/\s+/)]);

/** Numbers up to this length are ports, counts and years. */
const LONGEST_PLAIN_NUMBER = 5;

/** Would masking this value only make the log unreadable? */
export function isPlainWord(value: string): boolean {
  const text = value.trim().toLowerCase();
  return WORDS.has(text) || (text.length <= LONGEST_PLAIN_NUMBER && /^[\d.]+$/.test(text));
}

/** Does the text consist only of such words and separators, as in "postgres://localhost:5432/production"? */
export function isPlainText(text: string): boolean {
  return text !== "" && text.split(/[\s:/.,;=_-]+/).every((word) => word === "" || isPlainWord(word));
}
