import { spellings, type ValueSpec } from "../options.ts";
import {
  type Grammar,
  type GrammarCommand,
  type GrammarOption,
  posixQuote,
  spellingsWithValue,
} from "./grammar.ts";

const PATHS: Readonly<Record<string, string>> = { FILE: "_files", DIR: "_files -/" };

/** Escapes text for a specification of `_arguments` or `_describe`, in which colons and brackets separate parts. */
const escape = (text: string) => text.replaceAll(/[\\:[\]]/g, "\\$&");

/** Returns the part of a specification that describes a value, and what to offer for it. */
const action = ({ value = "", choices = [] }: ValueSpec) =>
  `:${escape(value)}:${PATHS[value] ?? `(${choices.map(escape).join(" ")})`}`;

/** Returns the specifications of an option, one per spelling; each spelling excludes the others. */
function specification(option: GrammarOption): string {
  const words = spellings(option);
  const text = posixQuote(`[${escape(option.help)}]${option.value ? action(option) : ""}`);
  const exclusion = words.length > 1 ? posixQuote(`(${words.join(" ")})`) : "";
  const forms = words.map((word) => word + (!option.value ? "" : word.startsWith("--") ? "=" : "+"));
  return exclusion + (forms.length > 1 ? `{${forms.join(",")}}` : forms[0]) + text;
}

function branch({ name, options, operand, maxOperands }: Omit<GrammarCommand, "summary">): string {
  const operands = [
    ...(operand ? [`1${action(operand)}`] : []),
    ...(maxOperands === undefined ? [`*${action({ value: "ID" })}`] : []),
  ];
  return [
    `    (${posixQuote(name)})`,
    ...(maxOperands === undefined ? [] : [`      (( operands > ${maxOperands} )) && return 1`]),
    "      _arguments -s -S : \\",
    [...options.map(specification), ...operands.map(posixQuote)].map((words) => `        ${words}`).join(
      " \\\n",
    ),
    "      ;;",
  ].join("\n");
}

/** Returns the completions for zsh, to source, or to save as `_remove-profile-photo` in a folder of `$fpath`. */
export function zshScript(of: Grammar): string {
  const { program, commands, general } = of;
  return `#compdef ${program}
# Completions of ${program} for zsh.
_${program}() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${posixQuote(`${escape(name)}:${escape(summary)}`)}`).join("\n")}
  )
  local word command= option=
  local -i at start operands
  for (( at = 2; at < CURRENT; at++ )); do
    word=$words[at]
    if [[ $word == -?* ]]; then
      option=
      case $word in
        (${spellingsWithValue(of).join("|")}) option=$word ;;
      esac
    elif [[ -n $option ]]; then
      option=
    elif [[ -z $command ]]; then
      command=\${(L)word}
      (( start = at - 1 ))
    else
      (( operands += 1 ))
    fi
  done
  if [[ -n $command ]]; then
    shift $start words
    (( CURRENT -= start ))
  elif [[ $PREFIX == -* ]]; then
    words=("$words[1]" "\${(@)words[CURRENT,-1]}")
    CURRENT=2
  else
    [[ -z $option ]] && _describe -t commands command commands
    return
  fi
  case $command in
${
    [
      branch({ name: "", options: general, maxOperands: 0 }),
      ...commands.map(branch),
    ].join("\n")
  }
    (*) return 1 ;;
  esac
}
if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _${program} ${program}
fi
`;
}
