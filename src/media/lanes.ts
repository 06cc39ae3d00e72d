/** The lanes of a program with one picture and one sound, as `tables.ts` lists them: each counts its own packets. */
import { PacketLane } from "./packets.ts";
import { PID } from "./tables.ts";

export type ProgramLanes = Readonly<Record<keyof typeof PID, PacketLane>>;

export const programLanes = (): ProgramLanes => ({
  pat: new PacketLane(PID.pat),
  pmt: new PacketLane(PID.pmt),
  sdt: new PacketLane(PID.sdt),
  video: new PacketLane(PID.video),
  audio: new PacketLane(PID.audio),
});
