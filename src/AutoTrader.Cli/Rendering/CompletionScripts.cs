namespace AutoTrader.Cli.Rendering;

/// <summary>What makes a shell ask the command line itself for completions.</summary>
internal static class CompletionScripts
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["bash"] = """
                _trader_complete() {
                  local IFS=$'\n'
                  COMPREPLY=($(trader "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
                }
                complete -o default -F _trader_complete trader

                """,
            ["zsh"] = """
                _trader_complete() {
                  local completions=("${(@f)$(trader "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                  compadd -- $completions
                }
                compdef _trader_complete trader

                """,
            ["fish"] = """
                complete -f -c trader -a '(trader "[suggest:"(commandline -C)"]" (commandline -p | string collect) 2>/dev/null)'

                """,
            ["powershell"] = """
                Register-ArgumentCompleter -Native -CommandName trader -ScriptBlock {
                  param($wordToComplete, $commandAst, $cursorPosition)
                  trader "[suggest:$cursorPosition]" "$commandAst" 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                  }
                }

                """,
        };
}
