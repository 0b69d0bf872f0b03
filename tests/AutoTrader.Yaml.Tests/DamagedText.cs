using System.Text;
using AutoTrader.Testing;
using CsCheck;

namespace AutoTrader.Yaml.Tests;

/// <summary>Files as a torn disk, an editor or an attacker leaves them: pieces of YAML in wrong places.</summary>
internal static class DamagedText
{
    private static readonly Gen<string> Pieces = Gen.OneOf(
        Gen.String[Gen.Char["-:{}[]&*!|>'\"%@`#,? \n\t\0\uFEFF\uD800é9ea~"], 0, 8],
        StrategyGen.Pick(
            "\n- ",
            "*id001",
            "&id001",
            "!!binary ",
            "<<: ",
            "null",
            "9999999999999999999999",
            "---\n",
            "...\n",
            "'2026-13-45T99:99:99'",
            "-0",
            "\r",
            "1e-30",
            "0x10",
            "{}"
        )
    );

    /// <summary>One to six cuts, each with what stands in its place.</summary>
    /// <param name="text">What is cut.</param>
    public static Gen<string> Of(string text) =>
        Gen.Select(Gen.Int[0, text.Length - 1], Gen.Int[0, 40], Pieces)
            .List[1, 6]
            .Select(cuts =>
            {
                var damaged = new StringBuilder(text);
                foreach (var (at, length, piece) in cuts)
                {
                    var start = Math.Min(at, damaged.Length);
                    damaged.Remove(start, Math.Min(length, damaged.Length - start)).Insert(start, piece);
                }

                return damaged.ToString();
            });
}
