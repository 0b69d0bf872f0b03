using AutoTrader.SampleMarket;

if (args is not [var folder])
{
    Console.Error.WriteLine("Writes the sample market: dotnet run --project tools/SampleMarket -- samples/market");
    return 1;
}

SampleFiles.Write(folder);
Console.WriteLine($"{SampleSymbols.All.Count} symbols in {Path.GetFullPath(folder)}");
return 0;
