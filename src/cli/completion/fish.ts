// Completion for fish: one line for each command and each flag.
import { COMMANDS, SHELLS } from "../commands.ts";
import { FILE_COMMANDS, FLAGS, single } from "./flags.ts";

const VALUES = {
  nothing: "",
  word: " -x",
  file: " -r -F",
  directory: " -x -a '(__fish_complete_directories)'",
};

/** These read no settings. */
const BARE = COMMANDS.filter(({ withoutSettings }) => withoutSettings)
  .map(({ name }) => name)
  .join(" ");

export function fish(): string {
  const lines = FLAGS.map(({ flag, help, value, command }) => {
    const where =
      command !== null
        ? ` -n '__fish_seen_subcommand_from ${command}'`
        : value === "nothing"
          ? ""
          : ` -n 'not __fish_seen_subcommand_from ${BARE}'`;
    const after = typeof value === "string" ? VALUES[value] : ` -x -a '${value.join(" ")}'`;
    return `complete -c aceslot${where} -l ${flag.slice(2)}${after} -d ${single(help)}`;
  });
  const commands = COMMANDS.map(
    ({ name, help }) => `complete -c aceslot -n __fish_use_subcommand -a ${name} -d ${single(help)}`,
  );
  return [
    "complete -c aceslot -f",
    ...commands,
    ...FILE_COMMANDS.map((name) => `complete -c aceslot -F -n '__fish_seen_subcommand_from ${name}'`),
    `complete -c aceslot -n '__fish_seen_subcommand_from completion' -a '${SHELLS.join(" ")}'`,
    ...lines,
    "",
  ].join("\n");
}
