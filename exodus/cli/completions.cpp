// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/cli/completions.hpp"

#include "exodus/cli/arguments.hpp"
#include "util/text.hpp"

namespace caravan::exodus::cli {

namespace {

std::string names(const std::vector<CommandTree>& commands) {
  std::string out;
  for (const CommandTree& command : commands) out += (out.empty() ? "" : " ") + command.name;
  return out;
}

std::string flags(const CommandTree& command) {
  std::string out;
  for (const auto& [flag, meaning] : command.options) out += (out.empty() ? "" : " ") + flag;
  return out;
}

std::string bash(const CommandTree& root) {
  std::string cases;
  for (const CommandTree& command : root.children)
    if (command.name != "completions")
      cases += "    " + command.name + ") words=\"" + names(command.children) + (command.children.empty() ? "" : " ") +
               flags(command) + "\" ;;\n";
  for (const CommandTree& command : root.children)
    for (const CommandTree& child : command.children)
      cases += "    \"" + command.name + " " + child.name + "\") words=\"" + names(child.children) +
               (child.children.empty() ? "" : " ") + flags(child) + "\" ;;\n";
  cases += "    completions) words=\"bash zsh fish\" ;;\n";
  std::string nested;
  for (const CommandTree& command : root.children)
    if (!command.children.empty()) nested += (nested.empty() ? "" : "|") + command.name;
  return "# bash completions of exodus-cli\n_exodus_cli() {\n  local current=${COMP_WORDS[COMP_CWORD]} command= word i "
         "words\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}\n    case $word in\n"
         "    --config) ((i++)) ;;\n    -*) ;;\n    *) if [[ -z $command ]]; then command=$word\n"
         "       else case $command in " +
         nested +
         ") command=\"$command $word\" ;; esac; break; fi ;;\n    esac\n  done\n"
         "  case $command in\n    \"\") words=\"" +
         names(root.children) + "\" ;;\n" + cases + "    *) words= ;;\n  esac\n  COMPREPLY=($(compgen -W \"$words " +
         flags(root) +
         "\" -- \"$current\"))\n"
         "  [[ $current == -* ]] || COMPREPLY+=($(compgen -f -- \"$current\"))\n}\ncomplete -o filenames -F "
         "_exodus_cli exodus-cli\n";
}

/// zsh reads ':' and '[' in descriptions; they are plain words here.
std::string zsh_words(const std::string& text) {
  return text::replace_all(text::replace_all(text::replace_all(text::replace_all(text, "'", ""), ":", ""), "[", "("),
                           "]", ")");
}

std::string zsh_values(const std::vector<CommandTree>& commands) {
  std::string out;
  for (const CommandTree& command : commands) out += " '" + command.name + ":" + zsh_words(command.summary) + "'";
  return out;
}

std::string zsh_flags(const CommandTree& command) {
  std::string out;
  for (const auto& [flag, meaning] : command.options) out += " '" + flag + "[" + zsh_words(meaning) + "]'";
  return out;
}

std::string zsh(const CommandTree& root) {
  std::string cases;
  for (const CommandTree& command : root.children) {
    cases += "    " + command.name + ") ";
    if (command.children.empty())
      cases += "_arguments" + zsh_flags(command) + zsh_flags(root) + " '*:mailboxes:_files' ;;\n";
    else
      cases += "local -a kinds; kinds=(" + zsh_values(command.children) + "); _describe kind kinds; _arguments" +
               zsh_flags(root) + " ;;\n";
  }
  return "#compdef exodus-cli\n# zsh completions of exodus-cli\n_exodus_cli() {\n  local -a commands\n  commands=(" +
         zsh_values(root.children) + ")\n  if (( CURRENT == 2 )); then _describe command commands; _arguments" +
         zsh_flags(root) + "; return; fi\n  case ${words[2]} in\n" + cases + "  esac\n}\n_exodus_cli \"$@\"\n";
}

std::string fish_words(const std::string& text) {
  return text::replace_all(text::replace_all(text, "\\", ""), "'", "");
}

std::string fish_command(const CommandTree& command, const std::string& condition) {
  std::string out;
  for (const auto& [flag, meaning] : command.options)
    out += "complete -c exodus-cli " + condition + " -l " + flag.substr(2) + " -d '" + fish_words(meaning) + "'\n";
  return out;
}

std::string fish(const CommandTree& root) {
  std::string out = "# fish completions of exodus-cli\n" + fish_command(root, "");
  for (const CommandTree& command : root.children) {
    out += "complete -c exodus-cli -f -n __fish_use_subcommand -a " + command.name + " -d '" +
           fish_words(command.summary) + "'\n";
    out += fish_command(command, "-n '__fish_seen_subcommand_from " + command.name + "'");
    for (const CommandTree& child : command.children)
      out += "complete -c exodus-cli -f -n '__fish_seen_subcommand_from " + command.name + "' -a " + child.name +
             " -d '" + fish_words(child.summary) + "'\n";
    for (const CommandTree& child : command.children)
      for (const CommandTree& third : child.children)
        out += "complete -c exodus-cli -f -n '__fish_seen_subcommand_from " + command.name +
               "; and __fish_seen_subcommand_from " + child.name + "' -a " + third.name + " -d '" +
               fish_words(third.summary) + "'\n";
  }
  return out + "complete -c exodus-cli -f -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'\n";
}

}  // namespace

std::string completion_script(const std::string& shell) {
  const CommandTree root = command_tree();
  if (shell == "zsh") return zsh(root);
  if (shell == "fish") return fish(root);
  return bash(root);
}

}  // namespace caravan::exodus::cli
