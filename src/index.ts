/** `aceslot`: the embedding API. */
export { type SlotState, slotMachine } from "./slots/index.ts";
