using System.Text.RegularExpressions;

namespace AutoTrader.LocalRuntime.Tests.Contracts;

/// <summary>signatures.txt, read.</summary>
internal static partial class SignatureList
{
    /// <summary>All listed types by their full name. One name can stand for several, from several assemblies.</summary>
    public static ILookup<string, TypeSignature> Read() => Types(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Contracts", "signatures.txt")))
        .ToLookup(type => type.Name, StringComparer.Ordinal);

    private static IEnumerable<TypeSignature> Types(string[] lines)
    {
        var space = "";
        var attributes = "";
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith("// namespace ", StringComparison.Ordinal))
            {
                space = line["// namespace ".Length..];
            }
            else if (line.StartsWith('['))
            {
                attributes += line + " ";
            }
            else if (line.StartsWith("public ", StringComparison.Ordinal))
            {
                List<MemberSignature> members = [];
                if (i + 1 < lines.Length && lines[i + 1] == "{")
                {
                    for (i += 2; lines[i] != "}"; i++)
                        members.Add(new MemberSignature(MemberName(lines[i].Trim(), line), lines[i].Trim()));
                }

                yield return Type(space, attributes, line, members);
                attributes = "";
            }
        }
    }

    private static TypeSignature Type(string space, string attributes, string line, List<MemberSignature> members)
    {
        var isWhole = line.Contains(" enum ", StringComparison.Ordinal) || line.Contains(" delegate ", StringComparison.Ordinal);
        var isInterface = line.StartsWith("public interface ", StringComparison.Ordinal);
        var parts = isWhole ? [line] : line.Split(" : ", 2);
        var parents = parts.Length == 2 ? TopLevelComma().Split(parts[1]) : [];
        // By convention an interface, and only an interface, has a name that starts with I and another capital.
        var interfaces = parents.Where(parent => isInterface || InterfaceName().IsMatch(parent)).ToList();
        var basis = parents.Except(interfaces, StringComparer.Ordinal).SingleOrDefault();
        var name = isWhole
            ? WholeName().Match(line).Groups["name"].Value
            : parts[0].Split(' ', 2)[1].Replace("static ", "", StringComparison.Ordinal).Replace("abstract ", "", StringComparison.Ordinal).Replace("sealed ", "", StringComparison.Ordinal).Split(' ', 2)[1];
        return new TypeSignature
        {
            Name = $"{space}.{name}",
            Header = attributes + (isWhole ? line : parts[0] + (basis is null ? "" : $" : {basis}")),
            Interfaces = new SortedSet<string>(interfaces, StringComparer.Ordinal),
            Members = members,
        };
    }

    private static string MemberName(string text, string type)
    {
        var match = Member().Match(text);
        if (!match.Success)
            throw new FormatException($"Not a member: {text}");
        var name = match.Groups["name"].Value;
        var isConstructor = match.Groups["after"].Value == "(" && NameOfType().Match(type).Groups["name"].Value.Split('.')[^1] == name && !text.Contains(" static ", StringComparison.Ordinal);
        return isConstructor ? ".ctor" : name;
    }

    [GeneratedRegex(@"(?<name>\w+)(<[\w, ]+>)?(?<after>\(| \{ | = |;)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Member();

    [GeneratedRegex(@"^public (static |abstract |sealed )?(class|record|struct|interface|enum) (?<name>[\w.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NameOfType();

    [GeneratedRegex(@"^public (enum (?<name>\w+) |delegate .* (?<name>\w+)\()", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WholeName();

    [GeneratedRegex(@", (?![^<]*>)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TopLevelComma();

    [GeneratedRegex(@"^I[A-Z]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InterfaceName();
}
