import type { Command } from 'commander';
import type { Act } from '../session.js';

export function addCompletion(program: Command, act: Act): void {
  program
    .command('completion')
    .description('completion for bash; put `source <(tributary completion)` into ~/.bashrc')
    .action(act(() => Promise.resolve({ doc: { script: script(program) }, text: script(program) })));
}

/** One case per command path: its subcommands and options. */
function script(program: Command): string {
  const cases = pathsOf(program, '').map(([path, words]) => `    "${path}") words="${words.join(' ')}" ;;`);
  return `_tributary() {
  local word path="" words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) path="$path $word" ;; esac; done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _tributary tributary`;
}

function pathsOf(command: Command, path: string): [string, string[]][] {
  const own = [...command.commands.map((one) => one.name()), ...command.options.flatMap((option) => option.long ?? [])];
  return [[path, own], ...command.commands.flatMap((one) => pathsOf(one, `${path} ${one.name()}`))];
}
