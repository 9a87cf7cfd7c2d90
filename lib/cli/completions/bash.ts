import { spellings, type ValueSpec } from "../options.ts";
import { type Grammar, type GrammarCommand, posixQuote, spellingsWithValue } from "./grammar.ts";

/** The options of bash's `compopt` that offer files or folders. */
const PATHS: Readonly<Record<string, string>> = { FILE: "default", DIR: "dirnames" };

/** Returns an assignment of what can be offered for a value; empty if that is unknown. */
function offer({ value = "", choices }: ValueSpec): string {
  if (choices) return `values=(${choices.map(posixQuote).join(" ")})`;
  return PATHS[value] ? `paths=${PATHS[value]}` : "";
}

/** Returns the branch for what follows the name of a command, or comes before it if the name is empty. */
function branch({ name, options, operand = {}, maxOperands }: Omit<GrammarCommand, "summary">): string {
  const places = [
    [":0", offer(operand)],
    ...options.map((option) => [spellings(option).map((word) => `${word}:*`).join(" | "), offer(option)]),
  ];
  return [
    `    ${posixQuote(name)})`,
    ...(maxOperands === undefined ? [] : [`      ((operands <= ${maxOperands})) || return 0`]),
    "      options=(",
    ...options.map((option) => `        ${posixQuote(spellings(option).join(" "))}`),
    "      )",
    "      case $option:$operands in",
    ...places.filter(([, offered]) => offered).map(([place, offered]) => `        ${place}) ${offered} ;;`),
    "      esac",
    "      ;;",
  ].join("\n");
}

/** Returns the completions for bash 3.2 and later, with or without the package bash-completion. */
export function bashScript(of: Grammar): string {
  const { program, commands, general } = of;
  const name = `_${program.replaceAll("-", "_")}`;
  return `# Completions of ${program} for bash.
${name}() {
  COMPREPLY=()
  local IFS=$' \\t\\n' words=() rest=$COMP_LINE word i
  # bash also splits at = : @, so a part without a space before it belongs to the word before.
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
  # For bash before 4, or if = does not split words.
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
