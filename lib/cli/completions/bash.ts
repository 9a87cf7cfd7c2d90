import { spellings, type ValueSpec } from "../options.ts";
import { type Grammar, type GrammarCommand, quoted, spellingsWithValue } from "./grammar.ts";

/** How bash is told to offer files or folders: as names of its own options. */
const PATHS: Readonly<Record<string, string>> = { FILE: "default", DIR: "dirnames" };

/** What there is to offer for a value, as an assignment; empty where nothing can be known. */
function offer({ value = "", choices }: ValueSpec): string {
  if (choices) return `values=(${choices.map(quoted).join(" ")})`;
  return PATHS[value] ? `paths=${PATHS[value]}` : "";
}

/** What is known after the name of a command (or before it, where the name is empty). */
function branch({ name, options, operand = {}, maxOperands }: Omit<GrammarCommand, "summary">): string {
  const places = [
    [":0", offer(operand)],
    ...options.map((option) => [spellings(option).map((word) => `${word}:*`).join(" | "), offer(option)]),
  ];
  return [
    `    ${quoted(name)})`,
    ...(maxOperands === undefined ? [] : [`      ((operands <= ${maxOperands})) || return 0`]),
    "      options=(",
    ...options.map((option) => `        ${quoted(spellings(option).join(" "))}`),
    "      )",
    "      case $option:$operands in",
    ...places.filter(([, offered]) => offered).map(([place, offered]) => `        ${place}) ${offered} ;;`),
    "      esac",
    "      ;;",
  ].join("\n");
}

/** The completions for bash, from 3.2 on, with or without the package bash-completion. */
export function bashScript(of: Grammar): string {
  const { program, commands, general } = of;
  const name = `_${program.replaceAll("-", "_")}`;
  return `# Completions of ${program} for bash.
${name}() {
  COMPREPLY=()
  local IFS=$' \\t\\n' words=() rest=$COMP_LINE word i
  # bash also splits at = : @, so that what has no blank before it goes on with a word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $i -gt 0 && $rest != [[:space:]]* ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
      rest=\${rest#"\${rest%%[![:space:]]*}"}
    fi
    rest=\${rest#"$word"}
  done
  local current=\${words[\${#words[@]}-1]}
  unset "words[\${#words[@]}-1]"

  local command= option= ended= given=' ' operands=0
  for word in "\${words[@]:1}"; do
    if [[ -z $ended && $word == -?* ]]; then
      option=
      given+="\${word%%=*} "
      case $word in
        --) ended=1 ;;
        ${spellingsWithValue(of).join(" | ")}) option=$word ;;
      esac
    elif [[ -n $option ]]; then
      option=
    elif [[ -z $command ]]; then
      command=$word
    else
      ((operands += 1))
    fi
  done
  local prefix=
  if [[ -z $ended && $current == --*=* ]]; then
    option=\${current%%=*}
    current=\${current#*=}
    [[ $COMP_WORDBREAKS == *=* ]] || prefix=$option=
  elif [[ $current == -?* ]]; then
    option=
  fi

  local options=() values=() paths=
  case $command in
${
    [
      branch({ name: "", options: general, operand: { choices: commands.map((command) => command.name) } }),
      ...commands.map(branch),
    ].join("\n")
  }
  esac

  local group
  if [[ -z $option$ended && $current == -* ]]; then
    for group in "\${options[@]}"; do
      for word in $group; do [[ $given == *" $word "* ]] && continue 2; done
      for word in $group; do [[ $word == --* && $word == "$current"* ]] && COMPREPLY+=("$word"); done
    done
    return 0
  fi
  for word in "\${values[@]}"; do
    [[ $word == "\${current#[\\'\\"]}"* ]] && COMPREPLY+=("$prefix$word")
  done
  [[ -n $paths ]] || return 0
  [[ -z $prefix ]] && compopt -o "$paths" 2>/dev/null && return 0
  # Before bash 4, or where = is no place to split at.
  local kind=-f
  [[ $paths == dirnames ]] && kind=-d
  while IFS= read -r word; do
    printf -v word %q "$word"
    COMPREPLY+=("$prefix$word")
  done < <(compgen "$kind" -- "$current")
}
complete -F ${name} ${program}
`;
}
