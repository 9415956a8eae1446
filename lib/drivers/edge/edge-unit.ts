import { commandWord, unitWord } from "../unit-syntax";
import type { EdgeLayout } from "./edge-layout";

/** The systemd unit that runs the edge: it comes back when it ends and when the host boots. */
export function edgeUnit(layout: EdgeLayout, binary: string): string {
  return `[Unit]
Description=Landfall edge: the public ports of services
After=network.target

[Service]
ExecStart=${edgeCommand(layout, binary).map(commandWord).join(" ")}
Environment=${Object.entries(edgeEnvironment(layout))
    .map(([name, value]) => unitWord(`${name}=${value}`))
    .join(" ")}
Restart=always
RestartSec=1
TimeoutStopSec=10
LimitNOFILE=1048576
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
ReadWritePaths=${[layout.directory, layout.socketDirectory].map(unitWord).join(" ")}

[Install]
WantedBy=multi-user.target
`;
}

/** With `--resume` it goes on with the configuration it had; the initial one is for its first start. */
export function edgeCommand({ initialConfig }: EdgeLayout, binary: string): string[] {
  return [binary, "run", "--resume", "--config", initialConfig];
}

export function edgeEnvironment({ config, data, directory }: EdgeLayout): Record<string, string> {
  // Any command of Caddy's makes a folder `.step` for its certificates in its user's home, unless it has another one.
  return { XDG_CONFIG_HOME: config, XDG_DATA_HOME: data, HOME: directory, STEPPATH: directory };
}
