/** The SFTP part of the SSH library, which has types only for the sessions it creates itself. */
declare module "ssh2/lib/protocol/SFTP.js" {
  import type { SFTPWrapper } from "ssh2";

  interface Client {
    _protocol: {
      _remoteIdentRaw: string;
      channelData(id: number, data: Buffer): void;
      channelClose(id: number): void;
    };
  }
  interface ChannelInfo {
    type: string;
    incoming: { id: number; window: number; packetSize: number; state: string };
    outgoing: { id: number; window: number; packetSize: number; state: string };
  }

  export const SFTP: new (
    client: Client,
    info: ChannelInfo,
    options: object,
  ) => SFTPWrapper & {
    _init(): void;
    /** Null: nothing more will come. */
    push(data: Buffer | null): void;
  };
}
