/** `aceslot/selector`: the slot allocator alone, for any capped resource. */
export {};
