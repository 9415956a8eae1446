import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** An attack of a hostile service. `at` is a path, a process, `host:port`, or a command whose output is the loot. */
export interface Trespass {
  what: "read" | "list" | "write" | "connect" | "ask" | "signal" | "sign-in" | "raw-socket" | "run";
  at: string;
}

/** The result of each attack, by `<what> <at>`: "refused: …", or "got …" with the loot. */
export type Outcomes = Record<string, string>;

export interface HostileAnswer {
  build: Outcomes;
  service: Outcomes;
}

export interface HostileOptions {
  trespasses: readonly Trespass[];
  /** A file of root's that would become the service's start command if root read it in place of the Procfile. */
  decoy: string;
  /** The folder whose files a removal would delete if it followed links. */
  victim: string;
  /** The mark of another service's lines in the journal. */
  mark?: string;
}

/** Its lines that are hard to display. */
export const SHOUTS = { start: "hostile and up", end: "hostile and heard", hugeBytes: 150_000, claims: 300 };
export const CLAIM = "a line in another's name";

/**
 * A service whose build and program try every given attack, and answer with the results. Its build also replaces its
 * Procfile with a link to the decoy, links to the victim's folder, and leaves a process behind that has left its group.
 */
export async function writeHostileService(
  folder: string,
  { trespasses, decoy, victim, mark = "landfall-nobody" }: HostileOptions,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "trespasses.json"), JSON.stringify(trespasses));
  await writeFile(join(folder, "trespass.py"), TRESPASS);
  await writeFile(join(folder, "main.py"), MAIN.replace("MARK", mark));
  await writeFile(join(folder, "Procfile"), "web: python3 main.py\n");
  await writeFile(join(folder, "build.sh"), BUILD.replace("DECOY", decoy).replace("VICTIM", victim));
  await writeFile(join(folder, "Dockerfile"), DOCKERFILE);
}

/** What a member's Dockerfile may still do: name its base image by an argument, and a stage. */
export async function mayNameItsBase(folder: string): Promise<void> {
  const named = DOCKERFILE.replace("FROM landfall-test/python", "ARG BASE=python\nFROM landfall-test/$BASE AS web");
  await writeFile(join(folder, "Dockerfile"), named);
}

export const refusals = (trespasses: readonly Trespass[]): Outcomes =>
  Object.fromEntries(trespasses.map(({ what, at }) => [`${what} ${at}`, "refused"]));

/** A release command that tries every attack; its outcomes are in the deployment's log. */
export const RELEASE_COMMAND = "python3 trespass.py";

/** The outcomes of the release command; nothing when it did not run. */
export function commandOutcomes(log: readonly string[]): Outcomes {
  return JSON.parse(log.find((line) => line.startsWith("{")) ?? "{}") as Outcomes;
}

/** Without the reason of each refusal, which differs between systems. */
export const withoutReasons = (outcomes: Outcomes): Outcomes =>
  Object.fromEntries(Object.entries(outcomes).map(([name, text]) => [name, text.replace(/^refused: .*/s, "refused")]));

const BUILD = `
python3 trespass.py >build-outcomes.json
ln -sf DECOY Procfile
ln -s VICTIM escape
python3 -c 'import subprocess; subprocess.Popen(["sleep", "987654"], start_new_session=True)' </dev/null >/dev/null 2>&1
`;

const DOCKERFILE = `FROM landfall-test/python
WORKDIR /app
COPY . .
RUN python3 trespass.py >build-outcomes.json
CMD ["python3", "main.py"]
`;

const TRESPASS = `
import json, os, socket, struct, subprocess, sys

def sign_in(at):
    host, _, port = at.rpartition(":")
    with socket.create_connection((host, int(port)), 3) as connection:
        words = b"user\\0landfall\\0database\\0landfall\\0\\0"
        connection.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
        kind, _, how = struct.unpack("!cII", connection.recv(9))
    if kind == b"R" and how != 0:
        raise PermissionError("a password is asked for")
    return "in"

def ask(at):
    host, _, port = at.rpartition(":")
    with socket.create_connection((host, int(port)), 3) as connection:
        connection.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        return connection.recv(64).decode("latin1")

def connect(at):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(3)
        connection.connect(at)
    return "in"

def write(at):
    with open(at, "ab") as file:
        file.write(b"trespass")
    return "written"

def run(at):
    ended = subprocess.run(at.split(), capture_output=True, timeout=10)
    if ended.returncode != 0 or not ended.stdout:
        raise PermissionError(ended.stderr.decode("latin1"))
    return ended.stdout.decode("latin1")[:64]

WAYS = {
    "run": run,
    "read": lambda at: open(at, "rb").read(64).decode("latin1"),
    "list": lambda at: ",".join(os.listdir(at)),
    "write": write,
    "connect": connect,
    "ask": ask,
    "signal": lambda at: os.kill(int(at), 0),
    "sign-in": sign_in,
    "raw-socket": lambda at: str(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
}

def attempt(what, at):
    try:
        return "got " + str(WAYS[what](at))
    except (OSError, struct.error, subprocess.SubprocessError) as error:
        return "refused: " + str(error)

def outcomes():
    with open("trespasses.json") as file:
        return {trespass["what"] + " " + trespass["at"]: attempt(**trespass) for trespass in json.load(file)}

if __name__ == "__main__":
    print(json.dumps(outcomes()))
`;

const MAIN = `
import json, os, socket, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from trespass import outcomes

with open("build-outcomes.json") as file:
    build = json.load(file)

def answer():
    return json.dumps({"build": build, "service": outcomes()}).encode()

answered = answer()

def raw(handler, *parts):
    handler.close_connection = True
    for part in parts:
        handler.wfile.write(part)
        handler.wfile.flush()

def forever(part, seconds):
    while True:
        yield part
        time.sleep(seconds)

HOSTILE = {
    "/elsewhere": lambda handler: raw(handler, b"HTTP/1.1 302 Found\\r\\nLocation: http://169.254.169.254/\\r\\nContent-Length: 0\\r\\n\\r\\n"),
    "/another-protocol": lambda handler: raw(handler, b"HTTP/1.1 101 Switching\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n"),
    "/endless": lambda handler: raw(handler, b"HTTP/1.1 200 OK\\r\\n\\r\\n", *[b"x" * 65536] * 800),
    "/drip": lambda handler: [raw(handler, part) for part in forever(b"HTTP/1.1 200 OK\\r\\n", 0.05)],
}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path in HOSTILE:
            try:
                return HOSTILE[self.path](self)
            except OSError:
                return
        body = answer() if self.path == "/again" else answered
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

def claim(at, text):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.sendto(text.encode(), at)
    except OSError:
        pass

print("${SHOUTS.start}", flush=True)
sys.stdout.buffer.write(b"\\x1b[2J\\x1b]0;title\\x07 \\xff\\xfe\\x00 \\r" + b"x" * ${SHOUTS.hugeBytes} + b"\\n")
sys.stdout.flush()
for _ in range(${SHOUTS.claims}):
    claim("/run/systemd/journal/socket", "LANDFALL_SERVICE=MARK\\nSYSLOG_IDENTIFIER=MARK\\n_SYSTEMD_UNIT=MARK.service\\nMESSAGE=${CLAIM}\\n")
    claim("/dev/log", "<14>MARK: ${CLAIM}")
print("${SHOUTS.end}", flush=True)
ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])), Handler).serve_forever()
`;
