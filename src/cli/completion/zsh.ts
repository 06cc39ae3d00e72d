// Completion for zsh: _arguments once for what stands before the command, once for what its command takes.
import { COMMANDS, type CommandWords, SHELLS } from "../commands.ts";
import { FLAGS, type Flag, single } from "./flags.ts";

export function zsh(): string {
  const general = FLAGS.filter(({ command }) => command === null);
  const settings = general.filter(({ value }) => value !== "nothing");
  const others = general.filter(({ value }) => value === "nothing");
  const commands = COMMANDS.map(({ name, help }) => single(`${name}:${help}`));
  return `#compdef aceslot
_aceslot() {
  local curcontext=$curcontext state line
  local -a settings=(
${settings.map((flag) => `    ${single(argument(flag))}`).join("\n")}
  )
  local -a others=(
${others.map((flag) => `    ${single(argument(flag))}`).join("\n")}
  )
  local -a commands=(
${commands.map((each) => `    ${each}`).join("\n")}
  )
  _arguments -C $settings $others '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${COMMANDS.map(command).join("\n")}
      esac ;;
  esac
}
compdef _aceslot aceslot
`;
}

function command({ name, argument: taken, names, withoutSettings }: CommandWords): string {
  const own = FLAGS.filter((flag) => flag.command === name).map((flag) => single(argument(flag)));
  const words =
    names === "files" ? ["'*:file:_files'"] : taken === "SHELL" ? [`'1:shell:(${SHELLS.join(" ")})'`] : [];
  const parts = [...(withoutSettings ? [] : ["$settings"]), "$others", ...own, ...words];
  return `        ${name}) _arguments ${parts.join(" \\\n          ")} ;;`;
}

function argument({ flag, help, value, repeatable }: Flag): string {
  const head = `${repeatable ? "*" : ""}${flag}[${escaped(help)}]`;
  if (value === "nothing") return head;
  if (value === "file") return `${head}:file:_files`;
  if (value === "directory") return `${head}:directory:_files -/`;
  return typeof value === "string" ? `${head}:value: ` : `${head}:value:(${value.join(" ")})`;
}

const escaped = (text: string): string => text.replace(/[[\]:]/g, "\\$&");
