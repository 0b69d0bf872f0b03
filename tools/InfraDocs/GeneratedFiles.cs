namespace AutoTrader.InfraDocs;

/// <summary>A file that is made from the sources.</summary>
/// <param name="Path">Where it belongs.</param>
/// <param name="Text">What it must say.</param>
public sealed record GeneratedFile(string Path, string Text);

/// <summary>The files that are made from the Bicep files and the code, and committed.</summary>
public static class GeneratedFiles
{
    private static readonly Lazy<IReadOnlyList<GeneratedFile>> Made = new(() =>
        [
            new(Path.Combine(Bicep.InfraFolder, "azuredeploy.json"), Bicep.TemplateText),
            new(Path.Combine(Bicep.Top, "docs", "azure-resources.md"), ResourcesPage.Write()),
            new(Path.Combine(Bicep.Top, "docs", "settings.md"), SettingsPage.Write()),
        ]
    );

    /// <summary>Every one.</summary>
    /// <exception cref="BicepException">The Bicep files do not compile.</exception>
    public static IReadOnlyList<GeneratedFile> All => Made.Value;
}
