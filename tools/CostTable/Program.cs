using AutoTrader.CostTable;

if (args.Length > 1)
{
    Console.Error.WriteLine("Measures what the app costs and prints it as a page: dotnet run --project tools/CostTable -- docs/cost.md");
    return 1;
}

// The host tells its functions on the console; only the page belongs there.
var output = Console.Out;
Console.SetOut(Console.Error);
Console.WriteLine("Measuring on Azurite: some five minutes.");
var session = await Trading.MeasureAsync();
var idle = await Orchestrating.MeasureAsync();
var page = CostPage.Of(session, idle);
if (args is [var path])
{
    await File.WriteAllTextAsync(path, page);
    Console.WriteLine($"Written to {Path.GetFullPath(path)}.");
}
else
{
    output.Write(page);
}

return 0;
