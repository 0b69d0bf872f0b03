using AutoTrader.InfraDocs;

if (args.Length > 0)
{
    Console.WriteLine(
        """
        Writes what is made from the sources: infra/azuredeploy.json, docs/azure-resources.md and docs/settings.md.
        Takes no arguments. A test compares them with the sources.
        """
    );
    return args is ["--help"] or ["-h"] ? 0 : 2;
}

try
{
    foreach (var page in GeneratedFiles.All)
    {
        File.WriteAllText(page.Path, page.Text);
        Console.WriteLine($"Written: {Path.GetRelativePath(Bicep.Top, page.Path)}");
    }

    return 0;
}
catch (BicepException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 1;
}
