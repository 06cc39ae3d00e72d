// Completion for PowerShell, 5.1 and newer: one native completer over a table of flags.
import { COMMANDS, SHELLS } from "../commands.ts";
import { COMMAND_NAMES, FLAGS, type Flag } from "./flags.ts";

/** A native completer that answers nothing leaves the word to PowerShell, which completes paths. */
export function powershell(): string {
  const rows = FLAGS.map(
    ({ flag, help, value, command }) =>
      `    @(${[command ?? "", flag, help, kindOf(value)].map(single).join(", ")}, @(${valuesOf(value)}))`,
  );
  const commands = COMMANDS.map(({ name, help }) => `    @(${single(name)}, ${single(help)})`);
  const bare = COMMANDS.filter(({ withoutSettings }) => withoutSettings).map(({ name }) => name);
  return `Register-ArgumentCompleter -Native -CommandName 'aceslot', 'aceslot.exe' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # The command, the flag, what it is for, what follows it, the values to choose from.
  $flags = @(
${rows.join("\n")}
  )
  $commands = @(
${commands.join("\n")}
  )
  $withoutSettings = @(${list(bare)})
  function Offer($text, $kind, $help) {
    if ($text -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new($text, $text, $kind, $help)
    }
  }
  # Words before the one that is being typed, without the program's own name.
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $command = ''
  foreach ($word in $words) {
    if ($word -in @(${list(COMMAND_NAMES)})) { $command = $word; break }
  }
  $last = ''
  if ($words.Count -gt 0) { $last = $words[-1] }
  foreach ($flag in $flags) {
    if ($flag[1] -eq $last -and ($flag[0] -eq '' -or $flag[0] -eq $command) -and $flag[3] -ne 'nothing') {
      foreach ($value in $flag[4]) { Offer $value 'ParameterValue' $value }
      return
    }
  }
  if ($last -eq 'completion') {
    foreach ($shell in @(${list(SHELLS)})) { Offer $shell 'ParameterValue' $shell }
    return
  }
  if ($command -eq '') {
    foreach ($each in $commands) { Offer $each[0] 'Command' $each[1] }
  }
  foreach ($flag in $flags) {
    $general = $flag[0] -eq '' -and ($command -notin $withoutSettings -or $flag[3] -eq 'nothing')
    if ($general -or ($command -ne '' -and $flag[0] -eq $command)) {
      Offer $flag[1] 'ParameterName' $flag[2]
    }
  }
}
`;
}

const list = (words: readonly string[]): string => words.map(single).join(", ");

const kindOf = (value: Flag["value"]): string => (typeof value === "string" ? value : "choice");

const valuesOf = (value: Flag["value"]): string => (typeof value === "string" ? "" : list(value));

/** PowerShell ends a string at curly quotes too; and 5.1 reads what programs print in an old code page. */
const single = (text: string): string => `'${text.replace(/['‘’‚‛]/g, "''").replaceAll("…", "...")}'`;
