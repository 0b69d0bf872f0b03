using System.Reflection;
using AutoTrader.HostTests.Hosting;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.HostTests;

/// <summary>A function that the host cannot index is one line of its log and otherwise silently missing.</summary>
[Collection(BriskCollection.Name)]
public sealed class IndexingTests(BriskApp app) : HostTest(app)
{
    [Fact]
    public async Task Every_declared_function_is_indexed_and_healthy()
    {
        var declared = Declared();
        var functions = await app.Host.AdminAsync("functions");
        var indexed = functions!.AsArray().Select(function => function!["name"]!.GetValue<string>()).Order().ToList();
        indexed.ShouldBe(declared);

        foreach (var name in declared)
        {
            var status = await app.Host.AdminAsync($"functions/{name}/status");
            status!["errors"].ShouldBeNull($"{name}: {status}");
        }
    }

    private static List<string> Declared()
    {
        var functions =
            from type in Assembly.Load("AutoTrader.Functions").GetExportedTypes()
            from method in type.GetMethods()
            let function = method.GetCustomAttribute<FunctionAttribute>()
            where function is not null
            orderby function.Name
            select function.Name;
        return [.. functions];
    }
}
