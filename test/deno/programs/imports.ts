/** Imports every entry, and does nothing with them. */
const entries = await Promise.all([
  import("aceslot"),
  import("aceslot/check"),
  import("aceslot/selector"),
  import("aceslot/sim"),
  import("aceslot/slot"),
]);
console.log(`${entries.length} entries`);
