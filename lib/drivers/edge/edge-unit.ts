import type { EdgeLayout } from "./edge-layout";

/** The systemd unit that runs the edge: it comes back when it ends and when the host boots. */
export function edgeUnit(layout: EdgeLayout, binary: string): string {
  return `[Unit]
Description=Landfall edge: the public ports of services
After=network.target

[Service]
ExecStart=${edgeCommand(layout, binary).map(argument).join(" ")}
Environment=${Object.entries(edgeEnvironment(layout))
    .map(([name, value]) => quoted(`${name}=${value}`))
    .join(" ")}
Restart=always
RestartSec=1
TimeoutStopSec=10
LimitNOFILE=1048576
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
ReadWritePaths=${[layout.directory, layout.socketDirectory].map(quoted).join(" ")}

[Install]
WantedBy=multi-user.target
`;
}

/** With `--resume` it goes on with the configuration it had; the initial one is for its first start. */
export function edgeCommand({ initialConfig }: EdgeLayout, binary: string): string[] {
  return [binary, "run", "--resume", "--config", initialConfig];
}

export function edgeEnvironment({ config, data, directory }: EdgeLayout): Record<string, string> {
  return { XDG_CONFIG_HOME: config, XDG_DATA_HOME: data, HOME: directory };
}

/** A word of a unit file (systemd.syntax): in double quotes, with C escapes and a doubled percent sign. */
function quoted(text: string): string {
  const escapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%" };
  return `"${text.replace(/[\\"\n%]/g, (character) => escapes[character] ?? character)}"`;
}

/** In a command a dollar would name a variable. */
function argument(text: string): string {
  return quoted(text.replaceAll("$", "$$$$"));
}
