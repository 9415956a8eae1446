import { notDeployable, type Part, type ReadSource, withoutMark } from "./plan";

/** A program's main file, first those that a person would start by hand. */
const FILES = ["main.py", "app.py", "server.py"];
/** Where a framework's application is defined. */
const MODULES = [
  ...FILES,
  "app/main.py",
  "app/app.py",
  "src/main.py",
  "src/app.py",
  "app/__init__.py",
  "asgi.py",
  "wsgi.py",
];

export async function detectPython(read: ReadSource): Promise<Part | null> {
  const requirements = await readRequirements(read);
  const program = await findProgram(read, requirements?.text ?? "");
  // Without its dependencies it would end immediately after its start.
  const isUnread = requirements === null && (await read("Pipfile")) !== null;
  if (requirements === null && program === null && !isUnread) return null;
  const install = requirements === null || !requirements.names ? [] : requirements.install;
  return {
    tools: ["python3"],
    install,
    build: null,
    start: isUnread ? null : program,
    environment: { PYTHONUNBUFFERED: "1" },
    startEnvironment: {},
    noStart: isUnread
      ? notDeployable("unread", { path: "Pipfile" })
      : program === null
        ? notDeployable("python", { path: requirements?.file ?? "" })
        : null,
    reasons:
      requirements === null || install.length === 0 ? [] : [{ tool: requirements.tool, file: requirements.file }],
    wants: [],
    manager: null,
  };
}

interface Requirements {
  /** What installs them, by which file. */
  tool: "pip" | "uv" | "poetry";
  file: string;
  text: string;
  /** Is there anything to install? */
  names: boolean;
  install: string[];
}

const VENV = "python3 -m venv --clear .venv";
const PIP = ".venv/bin/pip install --disable-pip-version-check --no-input";
/** Only the dependencies: an application need not be a buildable package. Before 3.11 only pip has a parser. */
const READER = `exec("try: import tomllib\\nexcept ImportError: from pip._vendor import tomli as tomllib")`;
const LISTED = `.venv/bin/python -c '${READER}; print(*tomllib.load(open("pyproject.toml", "rb"))["project"].get("dependencies", []), sep="\\n")'`;

/** What installs exactly what a lockfile says, with the project itself, into the virtual environment that is there. */
const LOCKED: Readonly<Record<string, readonly ["uv" | "poetry", string]>> = {
  "uv.lock": ["uv", "sync --frozen --no-dev --inexact --no-editable --link-mode copy"],
  "poetry.lock": ["poetry", "install --only main --no-interaction"],
};

/** The tool has an environment of its own meanwhile: its dependencies must not get in the way of the project's. */
function installedBy(tool: "uv" | "poetry", sync: string): string[] {
  const own = `.venv/${tool}`;
  const get = `python3 -m venv ${own} && ${PIP.replace(".venv", own)} ${tool}`;
  return [VENV, get, `VIRTUAL_ENV="$PWD/.venv" UV_PYTHON_DOWNLOADS=never ${own}/bin/${tool} ${sync} && rm -rf ${own}`];
}

async function readRequirements(read: ReadSource): Promise<Requirements | null> {
  // pip also reads files that PowerShell redirected, which are UTF-16; on a host their NULs are already removed.
  const listed = (await read("requirements.txt"))?.replaceAll("\0", "") ?? null;
  if (listed !== null) {
    const names = listed.split("\n").some((line) => withoutMark(line).trim() !== "" && !line.trim().startsWith("#"));
    return {
      tool: "pip",
      file: "requirements.txt",
      text: listed,
      names,
      install: [VENV, `${PIP} -r requirements.txt`],
    };
  }
  const project = await read("pyproject.toml");
  if (project === null) return null;
  for (const [file, [tool, sync]] of Object.entries(LOCKED))
    if ((await read(file)) !== null)
      return { tool, file, text: project, names: true, install: installedBy(tool, sync) };
  const file = "pyproject.toml";
  const tool = "pip";
  if (/^\[project\]\s*$/m.test(project)) {
    const install = [VENV, `${LISTED} >.venv/listed.txt && ${PIP} -r .venv/listed.txt`];
    return { tool, file, text: project, names: /^dependencies\s*=\s*\[/m.test(project), install };
  }
  return /^\[tool\.poetry\]\s*$/m.test(project)
    ? { tool, file, text: project, names: true, install: [VENV, `${PIP} .`] }
    : null;
}

/** The address of a framework's server: HOST, which systemd units set, else one that only this machine reaches. */
const ADDRESS = { host: `"\${HOST:-127.0.0.1}"`, bind: `"\${HOST:-127.0.0.1}:$PORT"`, port: `"$PORT"` };

async function findProgram(read: ReadSource, requirements: string): Promise<string | null> {
  const django = await djangoProgram(read, requirements);
  if (django) return django;
  for (const file of MODULES) {
    const text = await read(file);
    const application = text === null ? null : applicationIn(text);
    if (text === null || (application === null && !FILES.includes(file))) continue;
    const program = application === null ? null : served(file, text, application, requirements);
    if (program) return program;
    if (FILES.includes(file)) return `python3 ${file}`;
  }
  return null;
}

interface Application {
  kind: "asgi" | "wsgi";
  name: string;
}

const ASSIGNED = /^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(FastAPI|Starlette|Litestar|Quart|Flask)\(/m;

/** The application that a module assigns to a name; an application that a function creates has none. */
function applicationIn(text: string): Application | null {
  const [, name, framework] = ASSIGNED.exec(text) ?? [];
  return name === undefined ? null : { name, kind: framework === "Flask" ? "wsgi" : "asgi" };
}

/** Null where the file starts a server itself, on the given port. */
function served(file: string, text: string, { kind, name }: Application, requirements: string): string | null {
  if (/__name__\s*==|\.run\(/.test(text) && /\bPORT\b/.test(text) && FILES.includes(file)) return null;
  const module = file.replace(/\/__init__\.py$|\.py$/, "").replaceAll("/", ".");
  const requires = (tool: RegExp) => tool.test(requirements);
  if (kind === "asgi") {
    // A requirements file that it includes may name uvicorn.
    if (requires(/\buvicorn\b|fastapi\[(standard|all)/i) || requires(/^\s*-r\b/m))
      return `uvicorn ${module}:${name} --host ${ADDRESS.host} --port ${ADDRESS.port}`;
    if (requires(/\bhypercorn\b/i)) return `hypercorn --bind ${ADDRESS.bind} ${module}:${name}`;
    if (/__name__\s*==/.test(text) && FILES.includes(file)) return null;
    throw notDeployable("server", { path: file, name: "uvicorn" });
  }
  if (requires(/\bgunicorn\b/i)) return `gunicorn --bind ${ADDRESS.bind} ${module}:${name}`;
  return `flask --app ${module}:${name} run --host ${ADDRESS.host} --port ${ADDRESS.port}`;
}

async function djangoProgram(read: ReadSource, requirements: string): Promise<string | null> {
  const text = await read("manage.py");
  const [, project] = /DJANGO_SETTINGS_MODULE["'],\s*["']([A-Za-z_]\w*)\./.exec(text ?? "") ?? [];
  if (project === undefined) return null;
  if (/\bgunicorn\b/i.test(requirements) && (await read(`${project}/wsgi.py`)) !== null)
    return `gunicorn --bind ${ADDRESS.bind} ${project}.wsgi`;
  return `python3 manage.py runserver --noreload ${ADDRESS.bind}`;
}
